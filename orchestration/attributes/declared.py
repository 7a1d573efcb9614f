"""Facts that policies declare: counts and sums of steps over a window, read from the steps.

What limits is guarded: the reading carries the revision of a guard that the step's statement
compares and raises, so two steps cannot both be the last one allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Q, QuerySet, Sum

from audit import payloads
from orchestration.models import LimitGuard, Step
from orchestration.policy.terms import Fact
from orchestration.vocabulary import Effect, StepState

COUNTED = (StepState.DISPATCHED, StepState.DONE, StepState.FAILED, StepState.UNKNOWN)
"""Steps that started count; held and denied ones do not."""


@dataclass(frozen=True)
class Subject:
    """Whose steps a fact may count: keys by the word after `per`."""

    agent: str
    tool: str
    goal: str
    unit: str
    task: str

    def key(self, per: str) -> str:
        """The key of this subject for one way of counting."""
        return str(getattr(self, per))


@dataclass(frozen=True)
class Reading:
    """A fact's value and the guard that must not have moved when a limit on it is used."""

    value: int
    guard: str
    revision: int


def read_declared(facts: Iterable[Fact], subject: Subject, now: datetime) -> dict[str, Reading]:
    """The values of declared facts. Each guard is read before its count, never after."""
    wanted = list(facts)
    if not wanted:
        return {}
    keys = {fact.name: f"{fact.name}:{fact.per}:{subject.key(fact.per)}"[:400] for fact in wanted}
    revisions = _revisions(set(keys.values()))
    return {
        fact.name: Reading(_value(fact, subject, now), keys[fact.name], revisions[keys[fact.name]])
        for fact in wanted
    }


def _revisions(keys: set[str]) -> dict[str, int]:
    found = dict(LimitGuard.objects.filter(key__in=keys).values_list("key", "revision"))
    missing = keys - set(found)
    if missing:
        LimitGuard.objects.bulk_create(
            [LimitGuard(key=key) for key in missing], ignore_conflicts=True
        )
        found |= dict(LimitGuard.objects.filter(key__in=missing).values_list("key", "revision"))
    return found


def _value(fact: Fact, subject: Subject, now: datetime) -> int:
    rows = _counted(fact, subject, now)
    if fact.measure == "count":
        return rows.count()
    if fact.path == "act.cost_minor":
        return int(rows.aggregate(total=Sum("cost_minor"))["total"] or 0)
    digests = list(rows.values_list("arguments", flat=True))
    values = payloads.load_many(digests)
    return sum(_number_at(values.get(digest), fact.path) for digest in digests)


def _counted(fact: Fact, subject: Subject, now: datetime) -> QuerySet[Step]:
    rows = Step.objects.filter(effect=Effect.ALLOW, state__in=COUNTED)
    by = {
        "agent": Q(agent_id=subject.agent),
        "tool": Q(act="tool.call", target=subject.tool),
        "goal": Q(goal_id=subject.goal),
        "unit": Q(scope=subject.unit) | Q(scope__startswith=f"{subject.unit}/"),
        "task": Q(task_id=subject.task),
    }
    rows = rows.filter(by[fact.per])
    if fact.window_s:
        rows = rows.filter(decided_at__gt=now - timedelta(seconds=fact.window_s))
    if fact.acts:
        rows = rows.filter(act__in=_named(rows, "act", fact.acts))
    if fact.tools:
        names = _named(rows.filter(act="tool.call"), "target", fact.tools)
        rows = rows.filter(act="tool.call", target__in=names)
    return rows


def _named(rows: QuerySet[Step], field: str, globs: tuple[str, ...]) -> list[str]:
    """The values of a field that match one of the globs."""
    values = rows.order_by().values_list(field, flat=True).distinct()
    return [value for value in values if any(fnmatchcase(value, glob) for glob in globs)]


def _number_at(value: Any, path: str) -> int:
    for part in path.removeprefix("act.arguments.").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
