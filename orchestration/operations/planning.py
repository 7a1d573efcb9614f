"""The way of a goal between its tasks: what becomes ready, what is cancelled, when to plan anew.

Each function here runs in its caller's transaction or opens one; a goal's row is locked while its
next move is chosen, so that two tasks finishing at once choose once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from audit import ledger, payloads
from audit.entries import Actor
from orchestration.errors import InvalidInput
from orchestration.models import Dependency, Goal, Step, Task, Wait
from orchestration.operations import waiting
from orchestration.operations.changes import SYSTEM, change, create
from orchestration.operations.signals import ADVANCE, send, wake_workers
from orchestration.planning.graph import Planned, check_graph
from orchestration.policy.labels import joined, under
from orchestration.policy.personal import owned
from orchestration.vocabulary import FINISHED_TASK, StepState, TaskState

Labels = dict[str, list[str]]


class Labelled(NamedTuple):
    """A JSON value and the labels of its leaves, by dotted path."""

    value: Any
    labels: Labels


@dataclass(frozen=True)
class TaskSpec:
    """A task as a planner asks for it.

    Attributes:
        key: unique within the goal; others name it in `needs` and find its result under it.
        capability: what the agent must be able to do.
        input: JSON given to the agent. needs: keys of tasks whose results it uses.
        watches: blackboard keys whose change makes the task obsolete.
        replaces: keys of earlier tasks whose results it supersedes.
        continues: whether it is the next tick of the task that adds it, and not work handed on.
    """

    key: str
    capability: str
    title: str
    input: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    watches: list[str] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)
    priority: int | None = None
    continues: bool = False


MOST_TASKS = 20_000
"""A goal's tasks at most; a planner that asks for more is mistaken."""


def add_tasks(
    *,
    goal: Goal,
    parent: Task | None,
    specs: list[TaskSpec],
    actor: Actor,
    labels: Mapping[str, Labels] | None = None,
) -> list[UUID]:
    """Add tasks to a goal's graph; in the caller's transaction. `labels` are their inputs', by key.

    Raises InvalidInput, naming each fault, when the graph would have a cycle, an unknown
    dependency, a repeated key or too many tasks. Nothing is written then.
    """
    known = dict(Task.objects.filter(goal=goal).values_list("key", "pk"))
    problems = check_graph([Planned(spec.key, tuple(spec.needs)) for spec in specs], set(known))
    if len(known) + len(specs) > MOST_TASKS:
        problems.append(f"{len(known) + len(specs)} tasks are more than {MOST_TASKS}")
    if problems:
        raise InvalidInput(*problems)
    given = labels or {}
    made = {
        spec.key: _create_task(_task_of(goal, parent, spec, given.get(spec.key, {})), spec, actor)
        for spec in specs
    }
    ids = {**known, **{key: task.pk for key, task in made.items()}}
    needed = [(made[spec.key], ids[need]) for spec in specs for need in spec.needs]
    Dependency.objects.bulk_create([Dependency(task=t, needs_id=need) for t, need in needed])
    for spec in specs:
        _supersede(goal, spec.replaces, made[spec.key].pk, actor)
    for task in made.values():
        release_if_ready(task.pk)
    return [task.pk for task in made.values()]


def _create_task(task: Task, spec: TaskSpec, actor: Actor) -> Task:
    return create(task, "task.added", actor, payload=task.input, data={"needs": sorted(spec.needs)})


def _task_of(goal: Goal, parent: Task | None, spec: TaskSpec, labels: Labels) -> Task:
    return Task(
        goal=goal,
        scope=goal.scope,
        parent=parent,
        key=spec.key,
        title=spec.title[:200],
        capability=spec.capability,
        priority=goal.priority if spec.priority is None else spec.priority,
        input=payloads.store(spec.input, personal=owned(labels, spec.input)),
        input_labels=labels,
        watches=spec.watches,
        round=goal.round,
        depth=_depth_below(parent, spec),
    )


def _depth_below(parent: Task | None, spec: TaskSpec) -> int:
    """A planner's tasks are the goal's own; what a working agent adds is handed on."""
    if parent is None or parent.purpose == Task.Purpose.PLAN:
        return 0
    return parent.depth + (0 if spec.continues else 1)


def _supersede(goal: Goal, keys: list[str], by: UUID, actor: Actor) -> None:
    for task in Task.objects.select_for_update(no_key=True).filter(goal=goal, key__in=keys):
        if task.pk != by and not task.superseded:
            change(task, "task.superseded", actor, superseded=True)


def release_if_ready(pk: UUID) -> bool:
    """Make a pending task ready when all it needs is there; locks it first: nobody is missed."""
    task = Task.objects.select_for_update(no_key=True).get(pk=pk)
    if task.state != TaskState.PENDING:
        return False
    # a plan waits for what it follows to end in any way; work needs its results
    enough = FINISHED_TASK if task.purpose == Task.Purpose.PLAN else {TaskState.DONE}
    if task.needs.exclude(needs__state__in=enough).exists():
        return False
    change(task, "task.ready", SYSTEM, state=TaskState.READY, ready_at=timezone.now())
    wake_workers()
    return True


def after_task(task: Task) -> None:
    """What follows from a finished task, in its transaction: dependants, askers, the goal."""
    dependants = Task.objects.filter(needs__needs=task).order_by("pk")
    for dependant in dependants:
        if task.state == TaskState.DONE or dependant.purpose == Task.Purpose.PLAN:
            release_if_ready(dependant.pk)
        elif dependant.state == TaskState.PENDING:
            cancel_task(dependant, SYSTEM, f"needs {task.key}, which {task.state}")
    waiting.wake(kind=Wait.Kind.REPLY, subject=task.pk)
    send(ADVANCE, str(task.goal_id))


def cancel_task(task: Task, actor: Actor, reason: str) -> None:
    """Cancel an unfinished task, its open approvals, and all that depends on it."""
    from orchestration.operations.approvals import withdraw_approvals

    task = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
    if TaskState(task.state) in FINISHED_TASK:
        return
    withdraw_approvals(task=task, actor=actor, reason=reason)
    Wait.objects.filter(task=task).delete()
    change(
        task,
        "task.cancelled",
        actor,
        state=TaskState.CANCELLED,
        fence=task.fence + 1,
        reason=reason,
        finished_at=timezone.now(),
    )
    _abandon_readings(task, actor)
    after_task(task)


def _abandon_readings(task: Task, actor: Actor) -> None:
    """Nobody waits any more for what a cancelled task was reading; it changed nothing outside."""
    begun = Step.objects.select_for_update(no_key=True).filter(
        task=task, state=StepState.DISPATCHED, tool_effect="read"
    )
    for step in begun:
        change(
            step,
            "step.abandoned",
            actor,
            state=StepState.CANCELLED,
            finished_at=timezone.now(),
        )


def replan(*, goal: Goal, changed: dict[str, Any], reason: str, actor: Actor) -> Task:
    """Cancel what a change makes obsolete and ask the planner for what takes its place.

    `changed` maps blackboard keys to their new values; unfinished tasks that watch one of them,
    and what depends on those, are cancelled. Other tasks go on. So does a touched task that is
    under way and has begun to change the world: what it did must be recorded before anybody plans
    on, so the new plan waits for it.
    """
    with ledger.transaction():
        locked = Goal.objects.select_for_update(no_key=True).get(pk=goal.pk)
        unfinished = Task.objects.filter(goal=locked).exclude(state__in=FINISHED_TASK)
        touched = [task for task in unfinished if set(task.watches) & set(changed)]
        before = set(unfinished.values_list("pk", flat=True))
        spared = [task for task in touched if _has_begun_to_act(task)]
        for task in touched:
            if task not in spared:
                cancel_task(task, actor, reason)
        gone = list(
            Task.objects.filter(pk__in=before, state=TaskState.CANCELLED).order_by("created_at")
        )
        cancelled = [
            {
                "key": t.key,
                "capability": t.capability,
                "title": t.title,
                "input": payloads.load(t.input),
            }
            for t in gone
        ]
        labels = [under(t.input_labels, f"cancelled.{at}.input") for at, t in enumerate(gone)]
        about = {"changed": changed, "cancelled": cancelled, "reason": reason, "critique": []}
        return open_plan(locked, Labelled(about, joined(*labels)), actor, after=spared)


def _has_begun_to_act(task: Task) -> bool:
    """Whether a task is under way and one of its steps has changed the world outside.

    The task is locked first: no step of it can be written between this look and a cancellation.
    """
    locked = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
    if locked.state not in {TaskState.READY, TaskState.ADMITTED, TaskState.RUNNING}:
        return False
    acted = Step.objects.filter(task=locked, tool_effect__in=["write", "irreversible"])
    return acted.filter(state__in=[StepState.DISPATCHED, StepState.DONE]).exists()


def open_plan(goal: Goal, about: Labelled | None, actor: Actor, after: Sequence[Task] = ()) -> Task:
    """Add the task in which the planner plans, or plans anew, once the tasks `after` are done.

    `about` says what planning anew is about, an object.

    In the caller's transaction.
    """
    number = Task.objects.filter(goal=goal, purpose=Task.Purpose.PLAN).count() + 1
    brief = payloads.load(goal.brief) if goal.brief else {}
    body = dict(brief)
    labels: Labels = {}
    if about is not None:
        done = results_of(goal)
        body["replan"] = {**about.value, "done": done.value}
        labels = under(joined(about.labels, under(done.labels, "done")), "replan")
    task = Task(
        goal=goal,
        scope=goal.scope,
        key=f"plan-{number}",
        title="Plan" if about is None else "Plan anew",
        purpose=Task.Purpose.PLAN,
        capability=goal.planner,
        priority=0,
        input=payloads.store(body, personal=owned(labels, body)),
        input_labels=labels,
        round=goal.round,
    )
    create(task, "task.added", actor, payload=task.input, data={"needs": [t.key for t in after]})
    Dependency.objects.bulk_create([Dependency(task=task, needs=needed) for needed in after])
    release_if_ready(task.pk)
    return task


def results_of(goal: Goal) -> Labelled:
    """Results of the goal's finished work by task key, without what was superseded."""
    done = Task.objects.filter(
        goal=goal,
        state=TaskState.DONE,
        purpose=Task.Purpose.WORK,
        superseded=False,
    ).values_list("key", "result", "result_labels")
    values = payloads.load_many([digest for _, digest, _ in done])
    labels = joined(*(under(found, key) for key, _, found in done))
    return Labelled({key: values[digest] for key, digest, _ in done}, labels)
