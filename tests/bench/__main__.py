"""`python -m tests.bench [NAME…]`: run the benches one after the other on servers of their own.

PostgreSQL writes to disk as in production here. The figures depend on the machine and on what else
it does; look at the ratios within one run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.machinery import servers
from tests.machinery.databases import ROOT, SECRET

HERE = Path(__file__).parent


def names() -> list[str]:
    """The benches there are."""
    return sorted(path.stem for path in HERE.glob("*bench*.py"))


def command(name: str) -> list[str]:
    """How a bench is run: as a test if it needs the fixtures of the tests, else as a module."""
    if "BenchWorld" in (HERE / f"{name}.py").read_text("utf-8"):
        return [sys.executable, "-m", "pytest", "-q", "-s", str(HERE / f"{name}.py")]
    return [sys.executable, "-m", f"tests.bench.{name}"]


def run(wanted: list[str]) -> int:
    """Run benches; returns how many of them failed."""
    postgres = servers.start_postgres(durable=True)
    valkey = servers.start_valkey(Path(tempfile.mkdtemp(prefix="signalbox-bench-")))
    environment = {**os.environ, "REDIS_URL": valkey.url, "SECRET_KEY": SECRET}
    failed = 0
    try:
        for name in wanted:
            sys.stdout.write(f"\n── {name}\n")
            sys.stdout.flush()
            done = subprocess.run(command(name), cwd=ROOT, env=environment, check=False)
            failed += done.returncode != 0
    finally:
        valkey.stop()
        if postgres:
            postgres.stop()
    return failed


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:] or names()))
