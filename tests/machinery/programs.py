"""Real programs started for a test: Celery workers, the web server, any `manage.py` command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from console.standalone.ports import any_free

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
STOP_SECONDS = 15


@dataclass
class Program:
    """A running program, its output in a file."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def output(self) -> str:
        return self.log.read_text("utf-8", errors="replace")

    def wait_for(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until something is so; the program's output is the error if it never is."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.popen.poll() is not None:
                raise AssertionError(f"ended before {what}:\n{self.output()[-4000:]}")
            if ready():
                return
            time.sleep(0.05)
        raise AssertionError(f"no {what} after {START_SECONDS} s:\n{self.output()[-4000:]}")

    def kill(self) -> None:
        """Kill -9, its children as well."""
        self._signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        if self.popen.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self._signal(signal.SIGKILL)
        return self.popen.returncode

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return


@dataclass
class Programs:
    """Starts programs with one environment and ends all of them."""

    environment: dict[str, str]
    folder: Path
    running: list[Program] = field(default_factory=list)

    def start(self, *arguments: str, name: str, **variables: str) -> Program:
        """Start a Python program in its own process group."""
        log = self.folder / f"{name}-{len(self.running)}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        program = Program(popen, log)
        self.running.append(program)
        return program

    def worker(
        self, *, queues: str = "work,control,background", slots: int = 2, **variables: str
    ) -> Program:
        """Start a Celery worker and wait until it takes jobs."""
        arguments = ("-m", "celery", "-A", "console", "worker", "-Q", queues, "-c", str(slots))
        program = self.start(
            *arguments,
            "--without-gossip",
            "--without-mingle",
            f"--hostname=worker{len(self.running)}@%h",
            name="worker",
            RUNS_AS="worker",
            **variables,
        )
        program.wait_for(lambda: " ready." in program.output(), "worker ready")
        return program

    def beat(self, **variables: str) -> Program:
        """Start the clock that asks for the sweep."""
        schedule = self.folder / f"beat-{len(self.running)}"
        return self.start(
            *("-m", "celery", "-A", "console", "beat", "-s", str(schedule), "--pidfile="),
            name="beat",
            RUNS_AS="worker",
            **variables,
        )

    def web(self, *, port: int = 0, **variables: str) -> tuple[Program, str]:
        """Start the web server; returns it with its address, which ends without a slash."""
        port = port or any_free()
        program = self.start(
            *("-m", "uvicorn", "console.asgi:application", "--lifespan", "off"),
            *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
            name="web",
            RUNS_AS="web",
            **variables,
        )
        address = f"http://127.0.0.1:{port}"
        program.wait_for(lambda: _answers(f"{address}/health"), "web server ready")
        return program, address

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a `manage.py` command to its end."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**os.environ, **self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def stop(self) -> None:
        """End everything that was started, the newest first."""
        for program in reversed(self.running):
            program.stop()
        self.running.clear()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
