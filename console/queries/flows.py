"""What the decision flow of a goal is drawn from, read in a bounded number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from audit.leaves import places
from audit.models import Entry
from console.addresses import step_address
from console.presenters.flow_graph import (
    AskRow,
    Change,
    FlowRows,
    StepRow,
    TaskRow,
    flow_graph,
)
from console.presenters.steps import quorum_of
from orchestration.access.rows import approvals_for, get_goal_for, steps_for, tasks_for
from orchestration.models import Dependency, Goal, Person, Step, Task, Vote

MOST_STEPS, STRIDE = 600, 300
"""Steps drawn at once at most; earlier ones are in the log, which has pages. The first one drawn
moves on by a stride at a time, so that between two strides everything keeps its place."""

NEWEST = 100
"""Entries of a goal that are looked at to tell whether all of them are sealed."""

STEP_FIELDS = (
    "id", "task_id", "agent__slug", "agent__name", "act", "target", "effect", "flagged", "state",
    "generation", "ordinal", "created_at", "decided_at", "finished_at", "labels",
)  # fmt: skip
TASK_FIELDS = (
    "id", "key", "title", "purpose", "state", "parent_id", "agent__name", "created_at", "reason",
)  # fmt: skip


def live_flow(person: Person, goal: UUID | str) -> dict[str, Any]:
    """A goal's picture as one person may see it now; Http404 when they may not."""
    found = get_goal_for(person, goal)
    address = step_address(found.pk, "flow")
    return flow_graph(flow_rows(person, found), address, timezone.now())


def flow_rows(person: Person, goal: Goal) -> FlowRows:
    """The latest steps of a goal with their tasks and approvals."""
    steps = steps_for(person).filter(goal=goal)
    total = steps.count()
    earlier = max(0, -(-(total - MOST_STEPS) // STRIDE) * STRIDE)
    values = list(steps.order_by("id").values_list(*STEP_FIELDS)[earlier:])
    asks = _asks(person, goal, {row[0] for row in values})
    history = _history(goal, [row[0] for row in values], [ask["id"] for ask in asks])
    return FlowRows(
        started=goal.created_at,
        ended=goal.closed_at,
        steps=sorted((_step(row, history) for row in values), key=lambda step: step.seq),
        tasks=task_rows(person, goal),
        asks=_answered(asks, history),
        earlier=earlier,
    )


def _step(row: tuple[Any, ...], history: Mapping[str, list[Change]]) -> StepRow:
    return replace(StepRow(*row), changes=tuple(history.get(str(row[0]), ())))


def _history(goal: Goal, steps: list[UUID], asks: list[UUID]) -> dict[str, list[Change]]:
    """What the ledger says of these steps and approvals, by subject, in its order."""
    if not steps:
        return {}
    wanted = [str(key) for key in (*steps, *asks)]
    entries = Entry.objects.filter(goal=goal.pk, subject_id__in=wanted).order_by("id")
    found: dict[str, list[Change]] = defaultdict(list)
    for number, kind, subject in entries.values_list("id", "kind", "subject_id"):
        found[subject].append(Change(number, kind.partition(".")[2]))
    return found


def task_rows(person: Person, goal: Goal) -> list[TaskRow]:
    """All tasks of a goal with what they need."""
    tasks = tasks_for(person).filter(goal=goal).order_by("id")
    needs: dict[UUID, list[UUID]] = defaultdict(list)
    pairs = Dependency.objects.filter(task__goal=goal).values_list("task_id", "needs_id")
    for task, need in pairs:
        needs[task].append(need)
    rows = (TaskRow(*row) for row in tasks.values_list(*TASK_FIELDS))
    return [replace(row, needs=tuple(needs[row.id])) for row in rows]


def root_tasks(person: Person, goal: Goal) -> QuerySet[Task]:
    """A goal's tasks without the answers asked for by others, in the order they were added."""
    return tasks_for(person).filter(goal=goal).exclude(purpose=Task.Purpose.ANSWER).order_by("id")


def branches(
    person: Person, goal: Goal, roots: Collection[Task]
) -> tuple[list[TaskRow], list[StepRow]]:
    """These tasks with the answers they asked for, level by level, and the steps of them all."""
    rows = tasks_for(person).filter(goal=goal)
    answers = rows.filter(purpose=Task.Purpose.ANSWER)
    keys = {task.pk for task in roots}
    below = set(keys)
    while below:
        below = set(answers.filter(parent__in=below).values_list("pk", flat=True)) - keys
        keys |= below
    taken = (
        steps_for(person).filter(task__in=keys).order_by("id").values_list(*STEP_FIELDS, "decision")
    )
    found = rows.filter(pk__in=keys).order_by("id").values_list(*TASK_FIELDS)
    return [TaskRow(*row) for row in found], [StepRow(*row) for row in taken]


def _asks(person: Person, goal: Goal, steps: set[UUID]) -> list[dict[str, Any]]:
    fields = ("id", "step_id", "state", "created_at", "decided_at", "expires_at", "clauses")
    rows = approvals_for(person).filter(goal=goal).order_by("id").values(*fields)
    return [row for row in rows if row["step_id"] in steps]


def _answered(asks: list[dict[str, Any]], history: Mapping[str, list[Change]]) -> list[AskRow]:
    """Requests with the people who said yes or no, read at once."""
    if not asks:
        return []
    said = Vote.objects.filter(approval__in=[ask["id"] for ask in asks]).order_by("created_at")
    votes: dict[UUID, list[Vote]] = defaultdict(list)
    for vote in said.select_related("person"):
        votes[vote.approval_id].append(vote)
    return [_ask(ask, votes[ask["id"]], history.get(str(ask["id"]), [])) for ask in asks]


def _ask(ask: dict[str, Any], votes: list[Vote], changes: list[Change]) -> AskRow:
    return AskRow(
        id=ask["id"],
        step_id=ask["step_id"],
        state=ask["state"],
        created_at=ask["created_at"],
        decided_at=ask["decided_at"],
        expires_at=ask["expires_at"],
        quorum=quorum_of(ask["clauses"]),
        yes=sum(vote.verdict == Vote.Verdict.APPROVE for vote in votes),
        names=tuple(str(vote.person) for vote in votes),
        changes=tuple(changes),
    )


DECISIONS = {
    "allow": Count("pk", filter=Q(effect="allow", flagged=False)),
    "flag": Count("pk", filter=Q(effect="allow", flagged=True)),
    "hold": Count("pk", filter=Q(effect="hold")),
    "deny": Count("pk", filter=Q(effect="deny")),
}
"""Decisions by how they are shown, for aggregates over steps."""


def summary(person: Person, goal: Goal) -> dict[str, Any]:
    """A goal in figures: decisions, agents, bundles, cost, open requests and ledger entries."""
    steps = steps_for(person).filter(goal=goal)
    figures = steps.aggregate(
        **DECISIONS,
        agents=Count("agent", distinct=True),
        first_bundle=Min("bundle"),
        last_bundle=Max("bundle"),
        cost=Sum("cost_minor"),
    )
    figures["open_asks"] = approvals_for(person).filter(goal=goal, state="open").count()
    entries = Entry.objects.filter(goal=goal.pk)
    figures["entries"] = entries.count()
    newest = list(entries.order_by("-id").values_list("id", flat=True)[:NEWEST])
    figures["sealed"] = len(places(newest)) == len(newest) > 0
    return figures


def steps_of(person: Person, goal: Goal) -> QuerySet[Step]:
    """A goal's steps in the order they were asked for, ready for pages of a list."""
    return steps_for(person).filter(goal=goal).select_related("agent", "task").order_by("id")
