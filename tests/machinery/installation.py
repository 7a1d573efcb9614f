"""A real `manage.py up` in a folder of its own, watched from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from console.standalone.ports import any_free
from tests.machinery.databases import ROOT

START_SECONDS = 90
STOP_SECONDS = 40
OUTSIDE = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "RUNS_AS")


@dataclass
class Installation:
    """A state folder in which Signalbox is started and stopped."""

    state: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=any_free)
    popen: subprocess.Popen[bytes] | None = None
    starts: int = 0
    command: tuple[str, ...] = (sys.executable, str(ROOT / "manage.py"), "up")
    account: int | None = None
    """The user it runs as; ours if None."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        return self.state.with_name(f"{self.state.name}-{self.starts}.out")

    def lines(self) -> list[str]:
        """What it wrote to its standard output so far."""
        return self.output.read_text().splitlines()

    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if name not in OUTSIDE}
        return {**kept, "DATA": str(self.state), "PORT": str(self.port), **self.variables}

    def begin(self) -> None:
        """Start it and do not wait."""
        self.starts += 1
        with self.output.open("wb") as output:
            self.popen = subprocess.Popen(
                self.command,
                cwd="/",
                user=self.account,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def up(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.begin()
        self.wait_for(lambda: any("is ready" in line for line in self.lines()), "ready")

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command that is told nothing but the state folder."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd="/",
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def running(self) -> dict[str, int]:
        """The programs it says it runs, with their ids."""
        file = self.state / "running.json"
        recorded = json.loads(file.read_text()) if file.exists() else {}
        return {name: pid for name, (pid, _began) in recorded.items()}

    def family(self) -> list[psutil.Process]:
        """Every program of it that is alive, the supervisor and grandchildren included."""
        assert self.popen is not None
        found: set[psutil.Process] = set()
        for pid in (self.popen.pid, *self.running().values()):
            with suppress(psutil.NoSuchProcess):
                parent = psutil.Process(pid)
                found |= {parent, *parent.children(recursive=True)}
        return [program for program in found if _alive(program)]

    def healthy(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_for(self, so: Callable[[], bool], what: str) -> None:
        """Wait until something is so; what it wrote is the error if that never happens."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if so():
                return
            if self.popen and self.popen.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"not {what}:\n" + "\n".join(self.lines()[-40:]))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit status."""
        assert self.popen is not None
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        return self.popen.wait(STOP_SECONDS)

    def destroy(self) -> None:
        """Kill whatever is left, the supervisor first so that it restarts nothing."""
        if self.popen is None:
            return
        self.popen.kill()
        left = self.family()
        for program in left:
            with suppress(psutil.NoSuchProcess):
                program.kill()
        psutil.wait_procs(left, timeout=10)
        self.popen.wait()


def _alive(program: psutil.Process) -> bool:
    try:
        return program.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
