"""The programs a running Signalbox consists of, each as a child for the supervisor."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

import httpx

from console.standalone.ports import HERE
from console.standalone.postgres import Postgres
from console.standalone.supervisor import Child
from console.standalone.valkey import Valkey

BASE_DIR = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
LONGEST_LOG = 20_000_000
"""Bytes; looked at when a program starts."""
OWNERS_ONLY = frozenset({"DATABASE_OWNER_URL"})
WITHHELD = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY")
"""What the witness is not told: it needs neither the database nor any other server."""


@dataclass(frozen=True)
class Installation:
    """Where programs run, write their logs, and what they find in their environment."""

    state: Path
    environment: Mapping[str, str]

    def log(self, name: str) -> Path:
        """The file a program writes to."""
        return self.state / "logs" / f"{name}.log"

    def ready_file(self, name: str) -> Path:
        """The file a program makes when it takes up its work."""
        return self.state / "logs" / f"{name}.ready"

    def start(self, name: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a Python program in its own session. It is not told the owner's password."""
        ready = self.ready_file(name)
        ready.unlink(missing_ok=True)
        set_aside(self.log(name))
        inherited = {k: v for k, v in self.environment.items() if k not in OWNERS_ONLY}
        with self.log(name).open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, *arguments],
                cwd=BASE_DIR,
                env={**inherited, "READY_FILE": str(ready), **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *arguments: str, **variables: str) -> str:
        """Run a `manage.py` command to its end, as the owner where it needs that.

        Raises:
            subprocess.CalledProcessError: it failed; `stderr` says why.
        """
        return subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, str(BASE_DIR / "manage.py"), *arguments],
            cwd=BASE_DIR,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def set_aside(log: Path) -> None:
    """Begin a new log when the old one has grown long; the one before that goes."""
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".old"))


def servers(postgres: Postgres | None, valkey: Valkey | None, logs: Path) -> list[Child]:
    """The embedded servers, as far as no outside ones are used."""
    children = []
    if postgres:
        children.append(
            Child(
                "postgres",
                lambda: postgres.start(logs / "postgres.log"),
                postgres.wait,
                gently=SIGINT,
                patience=30,
                is_server=True,
            )
        )
    if valkey:
        children.append(
            Child(
                "valkey",
                lambda: valkey.start(logs / "valkey.log"),
                lambda _: valkey.wait(),
                is_server=True,
            )
        )
    return children


def workers(installation: Installation, *, slots: int) -> list[Child]:
    """What carries out work: workers for tasks, control and long jobs, clock, sealer, witness."""
    celery = ("-m", "celery", "-A", "console")
    quiet = ("--without-gossip", "--without-mingle")
    schedule = str(installation.state / "beat-schedule")
    children = [
        _celery(
            installation,
            "worker",
            *(*celery, "worker", "-Q", "work", "-c", str(slots), "-n", "worker@%h", *quiet),
        ),
        _celery(
            installation,
            "control",
            *(*celery, "worker", "-Q", "control", "-c", "1", "-n", "control@%h", *quiet),
        ),
        _celery(
            installation,
            "background",
            *(*celery, "worker", "-Q", "background", "-c", "2", "-n", "background@%h", *quiet),
        ),
        _celery(installation, "beat", *celery, "beat", "-s", schedule, "--pidfile="),
    ]
    return [*children, *_sealer(installation), witness(installation)]


def web(installation: Installation, *, port: int) -> Child:
    """The web server."""
    return Child(
        "web",
        lambda: installation.start(
            "web",
            *("-m", "uvicorn", "console.asgi:application", "--lifespan", "off"),
            *("--host", HERE, "--port", str(port), "--log-level", "warning"),
            *("--timeout-graceful-shutdown", "3"),
            RUNS_AS="web",
            STATIC_HASHED="yes",
        ),
        lambda popen: _until(popen, lambda: _answers(f"http://{HERE}:{port}/health")),
    )


def _celery(installation: Installation, name: str, *arguments: str) -> Child:
    return Child(
        name,
        lambda: installation.start(name, *arguments, RUNS_AS="worker"),
        lambda popen: _until(popen, installation.ready_file(name).exists),
    )


def _sealer(installation: Installation) -> list[Child]:
    """The ledger's sealer."""
    if not (BASE_DIR / "audit" / "management" / "commands" / "ledger_seal.py").exists():
        return []
    return [
        Child(
            "sealer",
            lambda: installation.start("sealer", "manage.py", "ledger_seal"),
            lambda popen: popen.poll() is None,
        )
    ]


def witness(installation: Installation) -> Child:
    """A witness of the ledger, with a key and a folder of its own, told no secret of the rest.

    It shows the whole mechanism on one machine; a real one belongs on another host.
    """
    folder = installation.state / "witness"
    return Child(
        "witness",
        lambda: installation.start(
            "witness",
            *("manage.py", "ledger_witness", "--folder", str(folder)),
            **dict.fromkeys(WITHHELD, ""),
        ),
        lambda popen: _until(popen, installation.ready_file("witness").exists),
    )


def _until(popen: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    """Whether something became so while a program ran."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and popen.poll() is None:
        if ready():
            return True
        time.sleep(0.05)
    return False


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).is_success
    except httpx.HTTPError:
        return False


def plain_environment() -> dict[str, str]:
    """Our environment without what would lead PostgreSQL's clients elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG") and v}
