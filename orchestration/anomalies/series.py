"""Anomalies in one series of numbers with their moments, scored as they come. Pure.

Two views of a value, each robust: how far it lies from what came just before (a level that follows
quickly), and how far it lies from what is usual at this half hour, on a working day or a weekend.
Each gives a strangeness, whose rank among those of the past gives a probability; beyond the tenth
largest an exponential tail is laid on (peaks over a threshold, Pickands 1975). So no shape of
distribution is assumed, which real series do not have. The smaller probability of the two,
corrected for being the smaller, is turned into a score by its logarithm: the anomaly likelihood of
Ahmad et al., "Unsupervised real-time anomaly detection for streaming data" (Neurocomputing 2017),
with ranks in place of a normal distribution. What follows an alarm within a twentieth of what was
seen so far scores only if it is stranger still, as one cause is one alarm.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from datetime import datetime

from orchestration.anomalies.robust import Running

ALARM = 0.2
"""Scores from here on are alarms: a probability of four in a thousand."""

KEPT = 4_000
"""Past strangenesses that ranks are taken among: two weeks of values every five minutes."""

LEARNING = 50
TAIL = 10
LEAST_SCALE = 0.02
LEAST_PROBABILITY = 1e-12
HALF_HOUR_S = 1_800
USUAL_AFTER = 8
SATURDAY = 5
REST_SHARE = 0.05
REST_LEAST = 20
QUICK, SLOW, SEASONAL = 0.1, 0.002, 0.05
LEAST_SPREAD = 0.2
"""The spread at one half hour is never taken for less than this share of the whole spread."""

VIEWS = 2


class Ranks:
    """Past strangenesses in order; gives the probability of one so large or larger."""

    def __init__(self) -> None:
        self._ordered: list[float] = []
        self._age: deque[float] = deque()

    def tail(self, value: float) -> float:
        """The probability, 0 to 1; a half while too little is known."""
        count = len(self._ordered)
        if count < LEARNING:
            return 0.5
        larger = count - bisect.bisect_left(self._ordered, value)
        if larger >= TAIL:
            return (larger + 0.5) / (count + 1)
        least = self._ordered[-TAIL]
        beyond = sum(one - least for one in self._ordered[-TAIL + 1 :]) / (TAIL - 1)
        scale = max(beyond, LEAST_SCALE * abs(least), 1e-9)
        found = TAIL / (count + 1) * math.exp(-(value - least) / scale)
        return max(LEAST_PROBABILITY, found)

    def learn(self, value: float) -> None:
        """Take a strangeness in, and forget the oldest when there are too many."""
        bisect.insort(self._ordered, value)
        self._age.append(value)
        if len(self._age) > KEPT:
            self._ordered.pop(bisect.bisect_left(self._ordered, self._age.popleft()))


class SeriesDetector:
    """Scores the values of one series, 0 to 1, in the order of their moments."""

    def __init__(self) -> None:
        self._quick = Running(rate=QUICK)
        self._whole = Running(rate=SLOW)
        self._days: dict[int, Running] = {}
        self._kinds: dict[tuple[bool, int], Running] = {}
        self._ranks = (Ranks(), Ranks())
        self._count = 0
        self._strongest = (0, 0.0)

    def score(self, moment: datetime, value: float) -> float:
        """How strange the value is; learns it. 0 while an alarm not weaker than it rests."""
        self._count += 1
        half_hour = (moment.hour * 3600 + moment.minute * 60) // HALF_HOUR_S
        day = self._days.setdefault(half_hour, Running(rate=SEASONAL))
        kind = self._kinds.setdefault(
            (moment.weekday() >= SATURDAY, half_hour), Running(rate=SEASONAL)
        )
        usual = kind if kind.count >= USUAL_AFTER else day
        strange = [_off(self._quick, value, 0.0)]
        if usual.count >= USUAL_AFTER:
            strange.append(_off(usual, value, LEAST_SPREAD * self._whole.sigma))
        found = self._rank(strange)
        for learner in (self._quick, self._whole, day, kind):
            learner.learn(value)
        return self._rested(found)

    def _rank(self, strange: list[float]) -> float:
        least = 1.0
        for ranks, value in zip(self._ranks, strange, strict=False):
            least = min(least, ranks.tail(value))
            ranks.learn(value)
        highest = math.log10(LEAST_PROBABILITY)
        return min(1.0, math.log10(min(1.0, VIEWS * least)) / highest)

    def _rested(self, found: float) -> float:
        """The score, unless something at least as strange was told a short while ago."""
        at, strongest = self._strongest
        rest = max(REST_LEAST, REST_SHARE * self._count)
        if self._count - at <= rest and found <= strongest:
            return 0.0
        self._strongest = (self._count, found)
        return found


def _off(level: Running, value: float, least: float) -> float:
    """How many spreads a value lies off; a level that never moved has a thousandth of itself."""
    floor = least or 1e-6 + 0.001 * abs(level.centre)
    return abs(value - level.centre) / max(level.sigma, floor)
