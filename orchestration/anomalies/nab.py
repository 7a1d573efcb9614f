"""Scoring detectors of series as the Numenta Anomaly Benchmark does. Pure.

Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms: the Numenta Anomaly Benchmark"
(ICMLA 2015), standard profile: a window that is found earns up to 1, the more the earlier; one that
is missed costs 1; an alarm outside costs up to 0.11, less when it comes soon after a window. The
first 15 % of a series (of 5,000 values at most) are for learning and count nothing. One threshold
holds for a whole collection. Scores are stated so that finding nothing gives 0 and finding
everything at once, with no false alarm, gives 100.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

PROBATION_SHARE = 0.15
PROBATION_MOST = 750
TRUE_WEIGHT = 1.0
FALSE_WEIGHT = 0.11
MISS_WEIGHT = 1.0
FAR_PAST = 3.0
STEEPNESS = 5.0

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Rated:
    """A series, the windows in which it is anomalous, and a detector's scores for its values."""

    name: str
    moments: Sequence[datetime]
    scores: Sequence[float]
    windows: Sequence[Window]


@dataclass(frozen=True)
class Mark:
    """What a collection of series comes to at a threshold.

    Attributes:
        score: 0 to 100, below 0 if worse than finding nothing. threshold: of an alarm.
        found, missed: windows. false_alarms: values outside all windows that were alarms.
    """

    score: float
    threshold: float
    found: int
    missed: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class _Point:
    """A value that counts: its score, what it is worth, and the window it lies in (or -1)."""

    score: float
    worth: float
    window: int


def sigmoid(position: float) -> float:
    """The worth of an alarm by its place: near 1 at a window's begin, 0 at its end, then less."""
    if position > FAR_PAST:
        return -1.0
    return 2.0 / (1.0 + math.exp(STEEPNESS * position)) - 1.0


def best(rated: Sequence[Rated]) -> Mark:
    """The mark at the threshold that suits the collection best, as the benchmark does it."""
    points, windows = _points(rated)
    thresholds = sorted({point.score for point in points}, reverse=True)
    best_at, best_score = math.inf, -MISS_WEIGHT * windows
    held: dict[int, float] = {}
    total, position = -MISS_WEIGHT * windows, 0
    points.sort(key=lambda point: -point.score)
    for threshold in thresholds:
        while position < len(points) and points[position].score >= threshold:
            total += _gain(points[position], held)
            position += 1
        if total > best_score:
            best_at, best_score = threshold, total
    return mark(rated, best_at)


def mark(rated: Sequence[Rated], threshold: float) -> Mark:
    """The mark of a collection when values that score at least so high are alarms."""
    points, windows = _points(rated)
    held: dict[int, float] = {}
    alarms = [point for point in points if point.score >= threshold]
    total = -MISS_WEIGHT * windows + sum(_gain(point, held) for point in alarms)
    span = (TRUE_WEIGHT + MISS_WEIGHT) * windows
    score = 100.0 * (total + MISS_WEIGHT * windows) / span if windows else 0.0
    false = sum(point.window < 0 for point in alarms)
    return Mark(round(score, 2), threshold, len(held), windows - len(held), false)


def _gain(point: _Point, held: dict[int, float]) -> float:
    """What an alarm adds: of a window only its best one counts, and the miss is taken back."""
    if point.window < 0:
        return point.worth
    before = held.get(point.window)
    if before is not None and before >= point.worth:
        return 0.0
    held[point.window] = point.worth
    return point.worth - before if before is not None else point.worth + MISS_WEIGHT


def _points(rated: Sequence[Rated]) -> tuple[list[_Point], int]:
    points: list[_Point] = []
    windows = 0
    for series in rated:
        points += _points_of(series, windows)
        windows += len(series.windows)
    return points, windows


def _points_of(series: Rated, numbered_from: int) -> list[_Point]:
    spans = _spans(series)
    first = probation(len(series.moments))
    found: list[_Point] = []
    current = 0
    for at in range(len(series.moments)):
        while current < len(spans) and at > spans[current][1]:
            current += 1
        if at < first:
            continue
        inside = current < len(spans) and spans[current][0] <= at
        worth = _worth_inside(spans[current], at) if inside else _worth_outside(spans, current, at)
        window = numbered_from + current if inside else -1
        found.append(_Point(series.scores[at], worth, window))
    return found


def _worth_inside(span: tuple[int, int], at: int) -> float:
    left, right = span
    width = right - left + 1
    return sigmoid(-(right - at + 1) / width) * TRUE_WEIGHT / sigmoid(-1.0)


def _worth_outside(spans: list[tuple[int, int]], current: int, at: int) -> float:
    if current == 0:
        return -FALSE_WEIGHT
    left, right = spans[current - 1]
    return sigmoid((at - right) / max(right - left, 1)) * FALSE_WEIGHT


def _spans(series: Rated) -> list[tuple[int, int]]:
    """Windows as places in the series; one without a value in it is put at the next value."""
    spans = []
    for begin, end in sorted(series.windows):
        inside = [at for at, moment in enumerate(series.moments) if begin <= moment <= end]
        if inside:
            spans.append((inside[0], inside[-1]))
    return spans


def probation(length: int) -> int:
    """How many values at the begin of a series are for learning only."""
    return int(min(PROBATION_SHARE * length, PROBATION_MOST))


class WindowedGaussian:
    """The benchmark's plain detector: the tail of a normal distribution fitted to the last 6,400
    values, refitted every 100."""

    WIDTH = 6_400
    STEP = 100

    def __init__(self) -> None:
        self._held: list[float] = []
        self._new: list[float] = []
        self._sum = self._squares = 0.0

    def score(self, _moment: datetime, value: float) -> float:
        """How unlikely the value is, 0 to 1; learns it."""
        found = self._tail(value) if self._held else 0.0
        if len(self._held) < self.WIDTH:
            self._take([value])
        else:
            self._new.append(value)
            if len(self._new) == self.STEP:
                gone, self._held = self._held[: self.STEP], self._held[self.STEP :]
                self._sum -= sum(gone)
                self._squares -= sum(one * one for one in gone)
                self._take(self._new)
                self._new = []
        return found

    def _take(self, values: list[float]) -> None:
        self._held.extend(values)
        self._sum += sum(values)
        self._squares += sum(one * one for one in values)

    def _tail(self, value: float) -> float:
        count = len(self._held)
        mean = self._sum / count
        spread = math.sqrt(max(self._squares / count - mean * mean, 1e-12))
        return 1.0 - 0.5 * math.erfc(abs(value - mean) / spread / math.sqrt(2))
