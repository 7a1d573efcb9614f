"""Facts that policies declare: counts and sums of steps over a window, answered by indexes.

What limits is guarded: the reading carries the revision of a guard that the step's statement
compares and raises, so two steps cannot both be the last one allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from audit import payloads
from orchestration.models import LimitGuard, Step
from orchestration.policy.terms import HAPPENED, Fact
from orchestration.vocabulary import Act, Effect, StepState

COUNTED = (StepState.DISPATCHED, StepState.DONE, StepState.FAILED, StepState.UNKNOWN)
"""Steps that started count; held and denied ones do not."""

COST = "act.cost_minor"
_ARGUMENTS = "act.arguments."


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

    value: Any
    guard: str = ""
    revision: int = 0


class UnknownAmount(Exception):
    """A sum holds an amount that can't be read any more, or never was a whole number."""


def read_declared(facts: Iterable[Fact], subject: Subject, now: datetime) -> dict[str, Reading]:
    """The values of declared facts. Each guard is read before its count, never after.

    A fact that can't be read is left out, so that conditions which need it fail and never allow.
    """
    wanted = [fact for fact in facts if fact != HAPPENED]
    keys = {fact.name: f"{fact.name}:{fact.per}:{subject.key(fact.per)}"[:400] for fact in wanted}
    revisions = _revisions(set(keys.values())) if keys else {}
    values = count_facts(facts, subject, now)
    return {
        name: Reading(value, keys[name], revisions[keys[name]]) if name in keys else Reading(value)
        for name, value in values.items()
    }


def count_facts(facts: Iterable[Fact], subject: Subject, at: datetime) -> dict[str, Any]:
    """The values of facts as they were at a moment, by name; what can't be read is left out."""
    found: dict[str, Any] = {}
    for fact in facts:
        try:
            found[fact.name] = _value(fact, subject, at)
        except UnknownAmount:
            continue
    return found


def _revisions(keys: set[str]) -> dict[str, int]:
    found = dict(LimitGuard.objects.filter(key__in=keys).values_list("key", "revision"))
    missing = keys - set(found)
    if missing:
        LimitGuard.objects.bulk_create(
            [LimitGuard(key=key) for key in missing], ignore_conflicts=True
        )
        found |= dict(LimitGuard.objects.filter(key__in=missing).values_list("key", "revision"))
    return found


def _value(fact: Fact, subject: Subject, at: datetime) -> Any:
    rows = _counted(fact, subject, at)
    if fact == HAPPENED:
        return dict(rows.order_by().values_list("target").annotate(Count("pk")))
    if fact.measure == "count":
        return rows.count()
    if fact.path == COST:
        return int(rows.aggregate(total=Sum("cost_minor"))["total"] or 0)
    return _total(rows, fact.path.removeprefix(_ARGUMENTS))


def _total(rows: QuerySet[Step], path: str) -> int:
    """The sum of an argument, from the measures kept with the steps; old ones from their calls."""
    amount = Cast(KeyTextTransform(path, "measures"), BigIntegerField())
    said = rows.aggregate(
        total=Sum(amount),
        unkept=Count("pk", filter=Q(measures__isnull=True)),
        unknown=Count("pk", filter=Q(measures__contains={path: None})),
    )
    if said["unknown"]:
        raise UnknownAmount(path)
    total = int(said["total"] or 0)
    if said["unkept"]:
        total += _from_calls(rows.filter(measures__isnull=True), path)
    return total


def _from_calls(rows: QuerySet[Step], path: str) -> int:
    digests = list(rows.values_list("arguments", flat=True))
    values = payloads.load_many(digests)
    return sum(_number_at(values.get(digest), path) for digest in digests)


def _number_at(arguments: Any, path: str) -> int:
    if arguments is None:
        raise UnknownAmount(path)
    found: object = arguments
    for part in path.split("."):
        found = found.get(part, 0) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, int):
        raise UnknownAmount(path)
    return found


def _counted(fact: Fact, subject: Subject, at: datetime) -> QuerySet[Step]:
    rows = Step.objects.filter(effect=Effect.ALLOW, state__in=COUNTED, decided_at__lt=at)
    if fact.outcome:
        rows = rows.filter(state=fact.outcome)
    by = {
        "agent": Q(agent_id=subject.agent),
        "tool": Q(act=Act.TOOL_CALL, target=subject.tool),
        "goal": Q(goal_id=subject.goal),
        "unit": Q(scope=subject.unit) | Q(scope__startswith=f"{subject.unit}/"),
        "task": Q(task_id=subject.task),
    }
    rows = rows.filter(by[fact.per])
    if fact.window_s:
        rows = rows.filter(decided_at__gt=at - timedelta(seconds=fact.window_s))
    if fact.acts:
        rows = rows.filter(_named("act", fact.acts))
    if fact.tools:
        rows = rows.filter(_named("target", fact.tools), act=Act.TOOL_CALL)
    return rows


def _named(field: str, globs: Sequence[str]) -> Q:
    """The condition that a field matches one of the globs; `*` is any run of characters."""
    condition = Q(pk__in=[])
    for glob in globs:
        head, star, rest = glob.partition("*")
        if not star:
            condition |= Q(**{field: glob})
        elif not rest.strip("*"):
            condition |= Q(**{f"{field}__startswith": head})
        else:
            parts = (re.escape(part) for part in re.split(r"\*+", glob))
            condition |= Q(**{f"{field}__regex": f"^{'.*'.join(parts)}$"})
    return condition
