"""Unusual cost, latency, errors and volume of agents and tools against their own past. Pure.

Values are gathered in buckets; each series has a robust seasonal baseline (`robust.Running`, and
one more for each hour of the week once that hour was seen often enough). A bucket is told when two
in a row lie far off; what lasts is learned as the new level by a drift detector (Page's CUSUM,
1954), so that a change is told once and not for ever.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.anomalies.robust import Running
from orchestration.detection.events import Event, Step
from orchestration.detection.evidence import each_once, in_a_row, of_steps
from orchestration.detection.findings import (
    About,
    Finding,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

BUCKET_S = 10.0
FAR = 8.0
IN_A_ROW = 2
LEARNING = 30
DRIFT = 40.0
SLACK = 4.0
SERIES = 20_000
HOURS = 168
SEASON_AFTER = 60
LEAST_STEPS = 4
SHOWN = 6
ACTS = frozenset({"tool.call"})

MEASURES = {
    "latency": ("takes longer than usual", "seconds"),
    "cost": ("costs more than usual", "minor units"),
    "errors": ("fails more often than usual", "share of calls"),
    "volume": ("is called more often than usual", "calls in ten seconds"),
}


@dataclass(slots=True)
class _Series:
    """One measure of one agent or tool: its level, its levels by hour, and how far it is off."""

    level: Running = field(default_factory=lambda: Running(rate=0.03))
    hours: dict[int, Running] = field(default_factory=dict)
    row: int = 0
    sum: float = 0.0
    told: bool = False


@dataclass(slots=True)
class _Bucket:
    number: int = -1
    steps: int = 0
    errors: int = 0
    cost: int = 0
    seconds: float = 0.0
    timed: int = 0
    last: deque[Step] = field(default_factory=lambda: deque(maxlen=SHOWN))

    def values(self) -> dict[str, float]:
        """What the bucket comes to; rates are damped so that few calls prove little."""
        found = {
            "errors": (self.errors / (self.steps + 2)),
            "volume": math.sqrt(self.steps),
        }
        if self.timed >= LEAST_STEPS:
            found["latency"] = math.log1p(self.seconds / self.timed)
        if self.cost:
            found["cost"] = math.log1p(self.cost / self.steps)
        return found


FLOOR = {"latency": 0.08, "cost": 0.15, "errors": 0.04, "volume": 0.6}
"""The least spread of each measure, in its own scale: what differs less is not worth a finding."""


class Baseline:
    """Keeps one bucket and four series for each agent and each tool."""

    about = About(
        name="anomalies.baseline",
        title="Unusual figures",
        sentence="An agent or a tool is slower, dearer, more often in error or much busier than it "
        "usually is at this hour.",
        needs=(Step,),
        thresholds=(
            Threshold("spreads", FAR, "robust spreads of bucket means; six happen in a noisy day"),
            Threshold("buckets in a row", IN_A_ROW, "one odd bucket is a hiccup"),
            Threshold("learning", LEARNING, "five minutes of a busy agent before it is judged"),
        ),
        cost="constant: four counters a step, four comparisons a bucket of ten seconds",
        ladder=(Response.FLAG, Response.DAMP, Response.PAUSE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._buckets: Recent[tuple[str, str], _Bucket] = Recent(SERIES, _Bucket)
        self._series: Recent[tuple[str, str, str], _Series] = Recent(4 * SERIES, _Series)

    def see(self, event: Event) -> Iterable[Finding]:
        """Far-off buckets, when the first step after them shows that they are complete."""
        if not isinstance(event, Step) or event.act not in ACTS:
            return []
        found: list[Finding] = []
        for place in (("agent", event.agent), ("tool", event.target)):
            found += self._count(place, event)
        return found

    def tick(self, at: float) -> Iterable[Finding]:
        """Close buckets that have ended; a silent series is not judged."""
        number = int(at // BUCKET_S)
        if at % BUCKET_S >= 1.0:
            return []
        found: list[Finding] = []
        for place, bucket in self._buckets.items():
            if bucket.steps and bucket.number < number:
                found += self._close(place, bucket)
        return found

    def _count(self, place: tuple[str, str], step: Step) -> Iterable[Finding]:
        bucket = self._buckets.touch(place)
        number = int(step.at // BUCKET_S)
        found = list(self._close(place, bucket)) if bucket.number < number and bucket.steps else []
        bucket.number = number
        bucket.steps += 1
        bucket.errors += step.state == "failed"
        bucket.cost += step.cost_minor
        if step.seconds is not None:
            bucket.seconds += step.seconds
            bucket.timed += 1
        bucket.last.append(step)
        return found

    def _close(self, place: tuple[str, str], bucket: _Bucket) -> Iterable[Finding]:
        found = []
        hour = int(bucket.number * BUCKET_S // 3600) % HOURS
        for measure, value in bucket.values().items():
            series = self._series.touch((*place, measure))
            off = _judge(series, hour, value, FLOOR[measure])
            if off is not None:
                found.append(_found(place, measure, bucket, off))
        bucket.steps = bucket.errors = bucket.cost = bucket.timed = 0
        bucket.seconds = 0.0
        return found


def _judge(series: _Series, hour: int, value: float, floor: float) -> float | None:
    """How far off the value is, if that is to be told; learns it unless it is an outlier."""
    level = series.level
    season = series.hours.get(hour)
    known = season if season is not None and season.count >= SEASON_AFTER else level
    off = (value - known.centre) / max(known.sigma, floor)
    if level.count < LEARNING:
        level.learn(value)
        return None
    series.sum = max(0.0, series.sum + off - SLACK)
    if off < FAR:
        series.row = 0
        series.told = series.told and off > SLACK
        _learn(series, hour, value)
        return None
    series.row += 1
    if series.sum > DRIFT * 4:
        # it has stayed there: this is the level now
        series.level = Running(rate=level.rate, centre=value, deviation=level.deviation, count=9)
        series.sum, series.row = 0.0, 0
        return None
    if series.row < IN_A_ROW or series.told:
        return None
    series.told = True
    return off


def _learn(series: _Series, hour: int, value: float) -> None:
    series.level.learn(value)
    if hour not in series.hours:
        series.hours[hour] = Running(rate=0.05)
    series.hours[hour].learn(value)


def _found(place: tuple[str, str], measure: str, bucket: _Bucket, off: float) -> Finding:
    kind, name = place
    said, unit = MEASURES[measure]
    steps = list(bucket.last)
    last = steps[-1]
    who = "{0}" if kind == "agent" else name
    value = {
        "latency": bucket.seconds / max(bucket.timed, 1),
        "cost": bucket.cost / max(bucket.steps, 1),
        "errors": bucket.errors / max(bucket.steps, 1),
        "volume": float(bucket.steps),
    }[measure]
    return Finding(
        detector=Baseline.about.name,
        key=f"{kind}:{name}:{measure}",
        severity=Severity.MEDIUM if off < 2 * FAR else Severity.HIGH,
        confidence=round(min(0.79, 0.6 + off / 100), 2),
        title=f"{who} {said}: {value:.3g} {unit}.",
        at=(bucket.number + 1) * BUCKET_S,
        since=bucket.number * BUCKET_S,
        scope=last.scope,
        goal=last.goal,
        agents=(last.agent,),
        tasks=each_once(one.task for one in steps),
        nodes=of_steps(steps),
        edges=in_a_row(steps),
        figures={"spreads from usual": round(off, 1), unit: round(value, 3)},
    )
