"""`manage.py up`: run all of Signalbox until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from console.env import BadSetting
from console.standalone import launch
from console.standalone.record import AlreadyRunning, Record, sole_supervisor
from console.standalone.supervisor import DidNotStart, Supervisor

LAST_LINES = 20
PASSABLE = 0o711
"""Others may pass through the state folder, as the servers' account must, but see nothing in it."""


class Command(BaseCommand):
    """Starts servers, workers and the web server, and looks after them."""

    help = "Run Signalbox: PostgreSQL and Valkey unless outside ones are given, workers and web."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Start everything, say so, and watch until asked to stop."""
        state = settings.DATA
        os.umask(0o077)
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(PASSABLE)
        try:
            with sole_supervisor(state):
                self._supervise(Supervisor(Record(state)))
        except AlreadyRunning as running:
            raise CommandError(
                f"Signalbox already runs in {state} (process {running}). "
                "Stop it first, or choose another folder: make run DATA=/some/folder"
            ) from None

    def _supervise(self, supervisor: Supervisor) -> None:
        def asked_to_stop(_number: int, _frame: FrameType | None) -> None:
            supervisor.interrupt()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, asked_to_stop)
        try:
            self._start(supervisor)
            supervisor.watch()
        except KeyboardInterrupt:
            self.stderr.write("Stopping.")
        finally:
            supervisor.stopping.set()
            supervisor.stop()

    def _start(self, supervisor: Supervisor) -> None:
        try:
            lines = launch.everything(supervisor, settings.DATA, self._step)
        except DidNotStart as failed:
            log = settings.DATA / "logs" / f"{failed}.log"
            raise CommandError(f"{failed} did not start. Its log is {log}:\n{_end(log)}") from None
        except subprocess.CalledProcessError as failed:
            raise CommandError(f"{failed.cmd[-1]} failed:\n{failed.stderr}") from None
        except (launch.CannotStart, BadSetting) as why:
            raise CommandError(str(why)) from None
        for line in lines:
            self.stdout.write(line)
        self.stdout.flush()

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        """Show that something is being done, and how long it took."""
        self.stdout.write(f"{what} … ", ending="")
        self.stdout.flush()
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.stdout.write("failed")
            raise
        self.stdout.write(f"{time.monotonic() - began:.1f} s")


def _end(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-LAST_LINES:])
