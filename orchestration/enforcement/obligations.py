"""Discharging what a decision obliges to. An obligation that nothing here knows is a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from orchestration.attributes.declared import COUNTED, Reading
from orchestration.enforcement.calls import Call
from orchestration.enforcement.standing import Standing
from orchestration.models import Step
from orchestration.policy.decision import Decision, Duty

RECORDED_ONLY = frozenset({"flag", "notify"})
"""Discharged with the step's row: a flag is a column of it, a notice a row written beside it."""


@dataclass
class Duties:
    """What has to be done with an allowed step.

    Attributes:
        refusals: sentences; the step is denied if there are any.
        guards: limit guards the statement must find unmoved, by key.
        labels: labels to add to the outcome. hidden: argument paths not to be stored.
        warnings: sentences for the agent.
    """

    refusals: list[str] = field(default_factory=list)
    guards: dict[str, int] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def duties_of(
    standing: Standing, call: Call, decision: Decision, readings: dict[str, Reading]
) -> Duties:
    """What the decision obliges to, ready to be carried out."""
    duties = Duties()
    for duty in decision.obligations:
        _add(duties, duty, standing, call, readings)
    return duties


def _add(
    duties: Duties, duty: Duty, standing: Standing, call: Call, readings: dict[str, Reading]
) -> None:
    if duty.kind == "redact":
        duties.hidden += [str(path).removeprefix("arguments.") for path in duty.value]
    elif duty.kind == "label":
        duties.labels.append(str(duty.value))
    elif duty.kind == "warn":
        duties.warnings.append(warning_of(duty))
    elif duty.kind == "limit":
        _guard(duties, duty, readings)
    elif duty.kind == "throttle":
        _throttle(duties, duty, standing, call)
    elif duty.kind not in RECORDED_ONLY:
        duties.refusals += _refusals(duty, call)


def _refusals(duty: Duty, call: Call) -> list[str]:
    if duty.kind != "require-compensation":
        return [f"the obligation {duty.kind!r} of {duty.policy} is not known here"]
    if call.tool is not None and call.tool.compensation:
        return []
    return [f"{call.target} cannot be undone, and {duty.policy} asks for that"]


def warning_of(duty: Duty) -> str:
    """What a `warn` obligation says, to the agent and to operators."""
    if isinstance(duty.value, dict):
        return f"{duty.value.get('limit', duty.rule)}: {duty.value.get('left')} left"
    return str(duty.value)


def _guard(duties: Duties, duty: Duty, readings: dict[str, Reading]) -> None:
    reading = readings.get(duty.value["fact"])
    if reading is None:
        duties.refusals.append(f"the limit of {duty.policy} counts a fact that cannot be read")
    else:
        duties.guards[reading.guard] = reading.revision


def _throttle(duties: Duties, duty: Duty, standing: Standing, call: Call) -> None:
    """At most so many starts a minute; a rate, so the count informs and needs no guard."""
    most = int(duty.value["per_minute"])
    since = timezone.now() - timedelta(minutes=1)
    started = Step.objects.filter(
        agent=standing.agent, target=call.target, decided_at__gt=since, state__in=COUNTED
    ).count()
    if started >= most:
        duties.refusals.append(f"{started} starts in the last minute, {duty.policy} allows {most}")
