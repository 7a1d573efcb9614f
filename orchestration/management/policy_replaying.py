"""Replay from the command line: all cores at once, with progress, and an end at any moment."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import FrameType
from typing import Any

from django.db import connections

from orchestration.attributes.history import ALWAYS, Extent, Span, Window, extent
from orchestration.management.policy_worker import Job, start, tally
from orchestration.policy.tally import Tally

Report = Callable[[int, int, float], None]
"""Is told how many decisions are done, of how many, and the seconds it took."""


@dataclass(frozen=True)
class Replayed:
    """What a replay found, how long it took, and whether it was cancelled before its end."""

    tally: Tally
    history: Extent
    seconds: float
    cancelled: bool
    processes: int

    @property
    def per_second(self) -> float:
        """Decisions made anew a second."""
        return self.tally.total / self.seconds if self.seconds > 0 else 0.0


def replay_all(
    texts: dict[str, str],
    number: int,
    last: int,
    report: Report,
    processes: int = 0,
    window: Window = ALWAYS,
) -> Replayed:
    """Decide the newest `last` steps of a window, of the whole installation, under these texts.

    An interrupt (Ctrl-C) ends it: what was counted until then is returned as cancelled.
    """
    count = processes or os.cpu_count() or 1
    began = perf_counter()
    history = extent([""], last, window=window)
    count = max(1, min(count, len(history.spans)))
    whole, cancelled = Tally(), False
    job = (tuple(sorted(texts.items())), number)
    with _interrupts() as stopped:
        for found in _tallies(job, history.spans, count, stopped):
            whole.merge(found)
            report(whole.total, history.total, perf_counter() - began)
        cancelled = bool(stopped)
    return Replayed(whole, history, perf_counter() - began, cancelled, count)


def _tallies(job: Job, spans: list[Span], count: int, stopped: list[int]) -> Iterator[Tally]:
    """The tallies of spans in the order they are done; few are handed out ahead of time."""
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    waiting = iter(spans)
    with ProcessPoolExecutor(count, mp_context=context, initializer=start) as pool:
        running: set[Future[dict[str, Any]]] = set()
        while not stopped:
            for span in waiting:
                running.add(pool.submit(tally, job, span))
                if len(running) >= 2 * count:
                    break
            if not running:
                return
            done, running = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for one in done:
                yield Tally.of_json(one.result())
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collects interrupts instead of raising them, so that no count is lost in the middle."""
    seen: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
