"""Everything a page says about one step, read in a bounded number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from audit import payloads, reading
from audit.leaves import places
from audit.models import Entry
from orchestration.access.roles import ledger_scopes
from orchestration.access.rows import policies_for, steps_for, tools_for
from orchestration.models import Approval, Dependency, Person, Step, Vote
from orchestration.operations.approvals import why_not
from orchestration.vocabulary import StepState

MOST_LINEAGE = 8
"""Steps named as what led to one."""


@dataclass(frozen=True)
class Recorded:
    """An entry about the step; `leaf` is its place in the sealed tree, None while it waits."""

    entry: Entry
    leaf: int | None


@dataclass(frozen=True)
class StepStory:
    """A step with what its page says of it.

    Attributes:
        number, total: its place among the goal's steps.
        considered: `{"request": …, "decision": …}` it was decided on; empty if it is not kept.
        arguments, result: JSON; None when there is none or it is not kept.
        approval: the latest request about it. votes: the answers to that. barred: why the reader
            may not answer, empty when they may.
        lineage: (number, step) pairs of what led to it. recorded: its entries, oldest first.
        policies: keys of policies the reader may open.
    """

    step: Step
    number: int
    total: int
    tool_title: str
    considered: dict[str, Any]
    arguments: Any
    result: Any
    approval: Approval | None
    votes: list[Vote]
    barred: str
    lineage: list[tuple[int, Step]]
    recorded: list[Recorded]
    policies: set[str]


RELATED = ("agent", "version", "task", "attempt", "goal")


def find_step(person: Person, key: str, goal: UUID | None = None) -> Step | None:
    """A step by its id, or by `approval-<id>` of a request about it; None when not to be seen."""
    try:
        wanted = UUID(key.removeprefix("approval-"))
    except ValueError:
        return None
    found = steps_for(person).select_related(*RELATED)
    asked = key.startswith("approval-")
    found = found.filter(approvals=wanted) if asked else found.filter(pk=wanted)
    return (found.filter(goal=goal) if goal else found).first()


def waiting_step(person: Person, goal: UUID) -> Step | None:
    """The step of a goal that has waited longest for a person, if one does."""
    held = steps_for(person).select_related(*RELATED).filter(goal=goal, state=StepState.HELD)
    return held.order_by("decided_at").first()


def step_story(person: Person, step: Step) -> StepStory:
    """Read all that is said of one step."""
    kept = payloads.load_many(
        [digest for digest in (step.arguments, step.decision_input, step.outcome) if digest]
    )
    approval = step.approvals.order_by("-created_at").select_related("goal", "agent").first()
    votes = list(approval.votes.select_related("person")) if approval else []
    related = _led_here(step)
    numbers = _numbers(person, [step, *related])
    return StepStory(
        step=step,
        number=numbers[step.pk],
        total=steps_for(person).filter(goal=step.goal_id).count(),
        tool_title=_tool_title(person, step),
        considered=kept.get(step.decision_input) or {},
        arguments=kept.get(step.arguments),
        result=kept.get(step.outcome),
        approval=approval,
        votes=votes,
        barred=_barred(approval, person),
        lineage=[(numbers[one.pk], one) for one in related],
        recorded=_recorded(person, step),
        policies=_policies(person, step),
    )


def _barred(approval: Approval | None, person: Person) -> str:
    if approval is None or approval.state != "open":
        return ""
    return why_not(approval=approval, person=person)


def _tool_title(person: Person, step: Step) -> str:
    if step.act != "tool.call":
        return ""
    found = tools_for(person).filter(name=step.target).values_list("title", flat=True).first()
    return found or ""


def _policies(person: Person, step: Step) -> set[str]:
    named = {reason["policy"] for reason in step.decision.get("reasons", [])}
    named |= {duty[1] for duty in step.decision.get("obligations", [])}
    return set(policies_for(person).filter(key__in=named).values_list("key", flat=True))


def _led_here(step: Step) -> list[Step]:
    """The ends of what its task needed, the step that asked for it, and those before it."""
    rows = Step.objects.select_related("agent", "task")
    own = rows.filter(task=step.task_id, generation=step.generation, ordinal__lt=step.ordinal)
    before = list(own.order_by("-ordinal")[:4])[::-1]
    room = MOST_LINEAGE - len(before)
    return [*_given(rows, step)[:room], *before] if room > 0 else before


def _given(rows: QuerySet[Step], step: Step) -> list[Step]:
    needs = Dependency.objects.filter(task=step.task_id).values("needs_id")
    ends = list(rows.filter(task__in=needs, act="result.publish").order_by("id")[:MOST_LINEAGE])
    if ends or step.task.parent_id is None:
        return ends
    opened = rows.filter(task=step.task.parent_id, created_at__gte=step.task.created_at)
    return list(opened.filter(act__in=["task.ask", "task.add"]).order_by("id")[:1])


def _numbers(person: Person, steps: list[Step]) -> dict[UUID, int]:
    """The place of each among all steps of the goal, counted in one query."""
    goal = steps_for(person).filter(goal=steps[0].goal_id)
    counts = goal.aggregate(
        **{f"n{at}": Count("pk", filter=Q(pk__lte=step.pk)) for at, step in enumerate(steps)}
    )
    return {step.pk: counts[f"n{at}"] for at, step in enumerate(steps)}


def _recorded(person: Person, step: Step) -> list[Recorded]:
    scopes = ledger_scopes(person)
    found = reading.matching(scopes, reading.Filters(subject=str(step.pk)))
    entries = list(found.order_by("id")[:20])
    placed = places(entry.id for entry in entries)
    return [Recorded(entry, placed.get(entry.id)) for entry in entries]
