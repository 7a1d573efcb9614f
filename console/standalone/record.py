"""The record of what a supervisor started, by which the next one finds what was left running."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PATIENCE_SECONDS = 20.0


class AlreadyRunning(Exception):
    """Another supervisor looks after this state folder."""


@contextmanager
def sole_supervisor(folder: Path) -> Iterator[None]:
    """Hold the state folder for as long as the block runs.

    Raises:
        AlreadyRunning: another program holds it.
    """
    with (folder / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise AlreadyRunning(file.read().strip() or "unknown") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class Record:
    """Which programs run, each by its id and the moment it began, so that ids may be reused."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "running.json"
        self._running: dict[str, tuple[int, float]] = {}

    def add(self, name: str, pid: int) -> None:
        """Note that a program was started."""
        with suppress(psutil.NoSuchProcess):
            self._running[name] = (pid, psutil.Process(pid).create_time())
            self._write()

    def remove(self, name: str) -> None:
        """Note that a program has ended."""
        if self._running.pop(name, None):
            self._write()

    def orphans(self) -> list[tuple[str, psutil.Process]]:
        """Programs of an earlier supervisor that still run, the last started first."""
        try:
            recorded = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        alive = [(name, _same(pid, began)) for name, (pid, began) in recorded.items()]
        return [(name, found) for name, found in reversed(alive) if found]

    def _write(self) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._running), "utf-8")
        draft.replace(self._path)


def _same(pid: int, began: float) -> psutil.Process | None:
    try:
        found = psutil.Process(pid)
        return found if abs(found.create_time() - began) < 1 else None
    except psutil.Error:
        return None


def end_group(pid: int, gently: signal.Signals, patience: float = PATIENCE_SECONDS) -> None:
    """End a program that leads its own group: ask first, then kill the whole group."""
    with suppress(ProcessLookupError):
        os.kill(pid, gently)
        until = time.monotonic() + patience
        while time.monotonic() < until and _runs(pid):
            time.sleep(0.02)
    kill_group(pid)


def kill_group(pid: int) -> None:
    """Kill whatever is left of a program's group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
