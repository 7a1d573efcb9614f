"""The stream between events and detectors: one order whatever order events came in. Pure.

Events wait for a grace period and are let through by (at, id); what comes twice is let through
once. So late, repeated and reordered events give the findings that tidy ones would. What comes
later than the grace is counted and left out. The idea is the watermark of Akidau et al., "The
Dataflow Model" (VLDB 2015).
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable, Sequence

from orchestration.detection.events import Event
from orchestration.detection.findings import Detector, Finding

GRACE_S = 1.5
"""How long an event may be on its way: a step's batch commits within 25 ms, a busy database may
take a second."""

REMEMBERED_S = 600.0
"""For so long an event is known again when it comes a second time."""

TICK_S = 1.0

MOST_REMEMBERED = 200_000
MOST_WAITING = 100_000
"""Events held at once; beyond it the oldest are let through early, so that memory is bounded."""

LONGEST_GAP_TICKS = 3600
"""After a longer silence only its last hour is ticked through."""


class Stream:
    """Takes events in any order and gives them to detectors in one.

    Attributes:
        late: events that came after their place had been passed.
        passed: events given to detectors.
    """

    def __init__(self, detectors: Sequence[Detector], *, grace: float = GRACE_S) -> None:
        self._detectors = detectors
        self._by_kind: dict[type[Event], list[Detector]] = {}
        for detector in detectors:
            for kind in detector.about.needs:
                self._by_kind.setdefault(kind, []).append(detector)
        self._grace = grace
        self._waiting: list[tuple[float, str, Event]] = []
        self._known: set[str] = set()
        self._order: deque[tuple[float, str]] = deque()
        self._reached: tuple[float, str] = (-math.inf, "")
        self._ticked = -math.inf
        self._newest = -math.inf
        self.late = 0
        self.passed = 0

    def feed(self, events: Iterable[Event]) -> list[Finding]:
        """Take events in; returns findings from all whose grace is over by now."""
        found: list[Finding] = []
        for event in events:
            if event.id in self._known:
                continue
            self._known.add(event.id)
            if (event.at, event.id) <= self._reached or event.at < self._ticked:
                self.late += 1
                self._order.append((self._reached[0], event.id))
                continue
            self._newest = max(self._newest, event.at)
            heapq.heappush(self._waiting, (event.at, event.id, event))
            if len(self._waiting) > MOST_WAITING:
                found += self._release(self._waiting[0][0])
        return found + self._release(self._newest - self._grace)

    def advance(self, now: float) -> list[Finding]:
        """Say what time it is, for what is found by nothing happening."""
        return self._release(now - self._grace)

    def finish(self) -> list[Finding]:
        """Let everything through; for recordings, which have an end."""
        return self._release(math.inf)

    def _release(self, until: float) -> list[Finding]:
        found: list[Finding] = []
        waiting = self._waiting
        while waiting and waiting[0][0] <= until:
            at, key, event = heapq.heappop(waiting)
            found += self._tick_to(at)
            self._reached = (at, key)
            self._order.append((at, key))
            self.passed += 1
            for detector in self._by_kind.get(type(event), ()):
                found += detector.see(event)
        if math.isfinite(until):
            found += self._tick_to(until)
        self._forget()
        return found

    def _tick_to(self, at: float) -> list[Finding]:
        """Tick at each whole second up to `at`, whatever the sizes of the pieces it came in."""
        last = math.floor(at / TICK_S) * TICK_S
        if self._ticked == -math.inf:
            self._ticked = last
        if last <= self._ticked:
            return []
        found: list[Finding] = []
        first = max(self._ticked + TICK_S, last - LONGEST_GAP_TICKS * TICK_S)
        for number in range(round((last - first) / TICK_S) + 1):
            for detector in self._detectors:
                found += detector.tick(first + number * TICK_S)
        self._ticked = last
        return found

    def _forget(self) -> None:
        horizon = self._reached[0] - REMEMBERED_S
        while self._order and (self._order[0][0] < horizon or len(self._order) > MOST_REMEMBERED):
            self._known.discard(self._order.popleft()[1])


def replay(
    detectors: Sequence[Detector], events: Iterable[Event], *, longer: float = 0.0
) -> list[Finding]:
    """What detectors find in a whole recording, in whatever order it is given.

    Args:
        longer: seconds that pass after the last event, in which nothing happens.
    """
    stream = Stream(detectors)
    in_order = sorted(events, key=lambda event: (event.at, event.id))
    found = [*stream.feed(in_order), *stream.finish()]
    if longer and in_order:
        found += stream.advance(in_order[-1].at + longer)
    return found
