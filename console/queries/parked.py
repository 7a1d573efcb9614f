"""What the page of parked work reads: tasks that can't go on without a person, with the calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from audit import payloads
from orchestration.access.rows import tasks_for
from orchestration.models import Attempt, Person, Step, Task
from orchestration.vocabulary import ParkReason, StepState, TaskState

PAGE = 20


@dataclass(frozen=True)
class ParkedTask:
    """A parked task, since when it is, and the steps that stand for what is in doubt.

    `arguments` holds what each of these steps was called with, by the id of the step; `brief` what
    an escalated task was given to decide; `asked` the call a diverged task asked for now.
    """

    task: Task
    steps: list[Step] = field(default_factory=list)
    arguments: dict[UUID, Any] = field(default_factory=dict)
    brief: Any = None
    asked: Any = None


def parked(person: Person, reason: str = "") -> QuerySet[Task]:
    """Parked tasks of the person's units, longest parked first; `since` says since when."""
    found = tasks_for(person).filter(state=TaskState.PARKED)
    if reason:
        found = found.filter(park_reason=reason)
    ended = Attempt.objects.filter(task=OuterRef("pk")).order_by("-number").values("ended_at")
    since = Coalesce(Subquery(ended[:1]), "ready_at", "created_at")
    return found.select_related("goal", "agent").annotate(since=since).order_by("since", "pk")


def counts(person: Person) -> dict[str, int]:
    """How many tasks are parked for each reason."""
    rows = tasks_for(person).filter(state=TaskState.PARKED).order_by().values_list("park_reason")
    return dict(rows.annotate(total=Count("pk")))


def page_of(found: QuerySet[Task], number: str | None) -> Page[Task]:
    """One page of parked tasks."""
    return Paginator(found, PAGE).get_page(number)


def with_calls(tasks: Sequence[Task]) -> list[ParkedTask]:
    """The tasks with their steps in doubt, in three queries however many there are."""
    steps = _steps_in_doubt(tasks)
    escalated = [task.input for task in tasks if task.park_reason == ParkReason.ESCALATED]
    evidence = [task.evidence for task in tasks if task.evidence]
    stored = payloads.load_many([*(step.arguments for step in steps), *escalated, *evidence])
    by_task: dict[UUID, list[Step]] = defaultdict(list)
    for step in steps:
        by_task[step.task_id].append(step)
    return [
        ParkedTask(
            task=task,
            steps=by_task[task.pk],
            arguments={step.pk: stored.get(step.arguments) for step in by_task[task.pk]},
            brief=stored.get(task.input) if task.input in escalated else None,
            asked=stored.get(task.evidence),
        )
        for task in tasks
    ]


def _steps_in_doubt(tasks: Sequence[Task]) -> list[Step]:
    """Unknown steps of unknown tasks, and for diverged ones the step recorded at the place."""
    unknown = [task.pk for task in tasks if task.park_reason == ParkReason.UNKNOWN]
    found = list(Step.objects.filter(task__in=unknown, state=StepState.UNKNOWN))
    for task in tasks:
        ordinal = diverged_at(task)
        if ordinal:
            at = {"task": task, "generation": task.generation, "ordinal": ordinal}
            found.extend(Step.objects.filter(**at))
    return found


def diverged_at(task: Task) -> int:
    """The ordinal at which a diverged task's journal and code disagree; 0 for other tasks."""
    if task.park_reason != ParkReason.DIVERGED:
        return 0
    _, _, rest = task.reason.partition("step ")
    number = rest.partition(":")[0]
    return int(number) if number.isdecimal() else 0
