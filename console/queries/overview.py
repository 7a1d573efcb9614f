"""What the overview counts: decisions over a stretch of time, what waits, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    CharField,
    Count,
    DateTimeField,
    FloatField,
    Func,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from console.queries.flows import DECISIONS
from orchestration.access.rows import agents_for, approvals_for, goals_for, steps_for, tasks_for
from orchestration.models import Agent, Approval, Person
from orchestration.vocabulary import AgentState, ApprovalState, GoalState, TaskState

BUCKETS = 60
MOST_ASKS, MOST_AGENTS, MOST_EVENTS = 4, 8, 8

EXCEPTION = ~Q(effect="allow") | Q(flagged=True) | Q(state__in=["failed", "unknown"])
"""Steps that a person may want to look at."""

Counts = dict[str, int]


class Percentile(Aggregate):
    """The value below which 95 of 100 lie, by PostgreSQL's percentile_cont."""

    function = "percentile_cont"
    template = "%(function)s(0.95) within group (order by %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Stretch:
    """A stretch of time up to now, in equal buckets."""

    since: datetime
    until: datetime

    @property
    def width(self) -> timedelta:
        """How long a bucket is."""
        return (self.until - self.since) / BUCKETS

    @property
    def seconds(self) -> int:
        """How long the stretch is."""
        return round((self.until - self.since).total_seconds())

    @classmethod
    def of(cls, seconds: int, now: datetime) -> Stretch:
        """The buckets of whole width that end with the one that holds now."""
        width = seconds // BUCKETS
        end = (int(now.timestamp()) // width + 1) * width
        until = datetime.fromtimestamp(end, tz=now.tzinfo)
        return cls(until - timedelta(seconds=seconds), until)


@dataclass(frozen=True)
class Pulse:
    """Decisions of a stretch: counts by effect in each bucket and in all, and the gate's speed."""

    buckets: list[Counts]
    total: Counts
    gate_p95_us: float | None


def pulse(person: Person, stretch: Stretch) -> Pulse:
    """Count the decisions of a stretch."""
    steps = steps_for(person).filter(decided_at__gte=stretch.since, decided_at__lt=stretch.until)
    bucket = Func(
        Value(stretch.width),
        "decided_at",
        Value(stretch.since),
        function="date_bin",
        output_field=DateTimeField(),
    )
    counted = steps.order_by().annotate(bucket=bucket).values("bucket").annotate(**DECISIONS)
    buckets: list[Counts] = [dict.fromkeys(DECISIONS, 0) for _ in range(BUCKETS)]
    for row in counted:
        at = round((row.pop("bucket") - stretch.since) / stretch.width)
        buckets[min(max(at, 0), BUCKETS - 1)] = row
    total = {name: sum(one[name] for one in buckets) for name in DECISIONS}
    speed = steps.aggregate(p95=Percentile("gate_us"))["p95"]
    return Pulse(buckets, total, speed)


def last_minute(person: Person, now: datetime) -> int:
    """Decisions in the last sixty seconds."""
    return steps_for(person).filter(decided_at__gt=now - timedelta(seconds=60)).count()


def work(person: Person) -> dict[str, Any]:
    """Goals and tasks under way, and what is parked."""
    tasks = tasks_for(person).aggregate(
        running=Count("pk", filter=Q(state=TaskState.RUNNING)),
        ready=Count("pk", filter=Q(state__in=[TaskState.READY, TaskState.ADMITTED])),
        waiting=Count("pk", filter=Q(state=TaskState.WAITING)),
        parked=Count("pk", filter=Q(state=TaskState.PARKED)),
    )
    return {**tasks, "goals": goals_for(person).filter(state=GoalState.RUNNING).count()}


@dataclass(frozen=True)
class Waiting:
    """How many requests wait for people, and since when the oldest does."""

    total: int
    oldest: datetime | None


def waiting(person: Person) -> Waiting:
    """What waits for a person in all."""
    found = _open(person).aggregate(total=Count("pk"), oldest=Min("created_at"))
    return Waiting(**found)


def asks(person: Person) -> QuerySet[Approval]:
    """The open requests that run out first."""
    rows = _open(person).order_by("expires_at").select_related("agent").prefetch_related("votes")
    return rows[:MOST_ASKS]


def _open(person: Person) -> QuerySet[Approval]:
    return approvals_for(person).filter(state=ApprovalState.OPEN)


def busiest(person: Person, since: datetime) -> tuple[list[Agent], int]:
    """The agents that asked for most since a moment, and how many agents there are."""
    agents = agents_for(person).exclude(state=AgentState.RETIRED)
    asked = steps_for(person).filter(decided_at__gte=since).order_by().values_list("agent")
    most = dict(asked.annotate(total=Count("pk")).order_by("-total")[:MOST_AGENTS])
    found = list(agents.filter(pk__in=most))
    if len(found) < MOST_AGENTS:
        idle = agents.exclude(pk__in=most).order_by("name")
        found += list(idle[: MOST_AGENTS - len(found)])
    found.sort(key=lambda agent: -most.get(agent.pk, 0))
    return found, agents.count()


def exceptions(person: Person, since: datetime) -> list[dict[str, Any]]:
    """The latest steps held, denied or flagged, failed or unknown; alike ones counted together.

    `step` and `goal` are those of the last one of a row.
    """
    rows = steps_for(person).filter(EXCEPTION, decided_at__gte=since).order_by()
    alike = rows.values("agent__name", "act", "target", "effect", "flagged", "state")
    found = alike.annotate(
        total=Count("pk"),
        at=Max("decided_at"),
        step=Max(Cast("pk", CharField())),
        goal=Max(Cast("goal_id", CharField())),
    )
    return list(found.order_by("-at")[:MOST_EVENTS])
