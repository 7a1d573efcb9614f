"""Starts programs, restarts those that die, and stops all of them.

A program that dies is started again after a pause that doubles each time, and is short again once
it has run for a while. What a dead program left of its group is killed first.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from console.standalone.record import Record, end_group, kill_group

log = structlog.get_logger(__name__)

SHORTEST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
SETTLED_SECONDS = 30.0
LOOK_SECONDS = 0.1


class DidNotStart(Exception):
    """A program ended, or was not ready in time, while everything was being started."""


@dataclass(frozen=True)
class Child:
    """A program to keep running."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    ready: Callable[[subprocess.Popen[bytes]], bool]
    """Waits until the program can be used; False if it ended or took too long."""
    gently: signal.Signals = signal.SIGTERM
    """The signal that asks it to end."""
    patience: float = 15.0
    """Seconds it gets to end before it is killed."""
    is_server: bool = False
    """Whether other children need it until they have ended."""


@dataclass
class Running:
    """A child as it runs now."""

    child: Child
    popen: subprocess.Popen[bytes]
    since: float
    pause: float = SHORTEST_PAUSE
    again_at: float | None = None


@dataclass
class Supervisor:
    """Looks after children until it is told to stop."""

    record: Record
    stopping: threading.Event = field(default_factory=threading.Event)
    _running: list[Running] = field(default_factory=list)
    _spawning: bool = False

    def interrupt(self) -> None:
        """Stop soon; called by a signal, in the middle of anything.

        Raises:
            KeyboardInterrupt: the first time, so that waiting ends at once.
        """
        first = not self.stopping.is_set()
        self.stopping.set()
        if first and not self._spawning:
            raise KeyboardInterrupt

    def take_over(self) -> list[str]:
        """End what an earlier supervisor left running; returns the names."""
        ended = []
        for name, orphan in self.record.orphans():
            gently = signal.SIGINT if name == "postgres" else signal.SIGTERM
            end_group(orphan.pid, gently)
            ended.append(name)
        return ended

    def start(self, *children: Child) -> None:
        """Start children side by side and wait until all of them can be used.

        Raises:
            DidNotStart: one of them cannot be used; its log says why.
        """
        started = []
        for child in children:
            with self._uninterrupted():
                running = Running(child, child.start(), time.monotonic())
                self._running.append(running)
                self.record.add(child.name, running.popen.pid)
            started.append(running)
        for running in started:
            if not running.child.ready(running.popen):
                raise DidNotStart(running.child.name)

    def watch(self) -> None:
        """Restart children that die, until told to stop."""
        while not self.stopping.wait(LOOK_SECONDS):
            for running in self._running:
                self._look_at(running)

    def stop(self) -> None:
        """End every child: first those that use the servers, all at once; then the servers."""
        self._end([running for running in self._running if not running.child.is_server])
        self._end([running for running in self._running if running.child.is_server])
        self._running.clear()

    def _end(self, ending: list[Running]) -> None:
        for running in ending:
            if running.popen.poll() is None:
                running.popen.send_signal(running.child.gently)
        for running in ending:
            with suppress(subprocess.TimeoutExpired):
                running.popen.wait(running.child.patience)
            kill_group(running.popen.pid)
            running.popen.wait()
            self.record.remove(running.child.name)

    def _look_at(self, running: Running) -> None:
        now = time.monotonic()
        if running.again_at is not None:
            if now >= running.again_at:
                self._restart(running, now)
        elif running.popen.poll() is not None:
            if now - running.since > SETTLED_SECONDS:
                running.pause = SHORTEST_PAUSE
            log.warning(
                "a program ended and will be started again",
                program=running.child.name,
                status=running.popen.returncode,
                seconds=running.pause,
            )
            kill_group(running.popen.pid)
            running.again_at = now + running.pause
            running.pause = min(running.pause * 2, LONGEST_PAUSE)

    def _restart(self, running: Running, now: float) -> None:
        with self._uninterrupted():
            running.popen = running.child.start()
            running.since = now
            running.again_at = None
            self.record.add(running.child.name, running.popen.pid)

    @contextmanager
    def _uninterrupted(self) -> Iterator[None]:
        """Put a signal off, so that no program is started and then forgotten."""
        self._spawning = True
        try:
            yield
        finally:
            self._spawning = False
        if self.stopping.is_set():
            raise KeyboardInterrupt
