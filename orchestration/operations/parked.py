"""Parked work: what a person may decide about a task that can't go on by itself."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from audit import ledger, payloads
from orchestration.access.roles import require
from orchestration.errors import IllegalTransition, InvalidInput
from orchestration.models import Goal, Person, Step, Task
from orchestration.operations.changes import change
from orchestration.operations.goals import close_goal, lock_goal
from orchestration.operations.people import actor_for
from orchestration.operations.planning import after_task
from orchestration.operations.signals import wake_workers
from orchestration.vocabulary import (
    GoalState,
    ParkReason,
    Role,
    StepState,
    TaskState,
)


def say_it_happened(*, task: Task, person: Person, outcome: Any, reason: str) -> Task:
    """The effect of the unknown step did happen: record what it returned, and go on after it."""
    return _settle_unknown(task, person, StepState.DONE, outcome, reason)


def say_it_did_not(*, task: Task, person: Person, reason: str) -> Task:
    """The effect did not happen: a new generation of the task does it again."""
    return _settle_unknown(task, person, StepState.CANCELLED, None, reason)


def _settle_unknown(
    task: Task, person: Person, state: StepState, outcome: Any, reason: str
) -> Task:
    actor = actor_for(person)
    with ledger.transaction():
        locked = _parked_task(task, person)
        if locked.park_reason != ParkReason.UNKNOWN:
            raise IllegalTransition(f"The task is parked as {locked.park_reason}, not as unknown.")
        steps = Step.objects.select_for_update().filter(task=locked, state=StepState.UNKNOWN)
        for step in steps:
            digest = payloads.store(outcome) if state == StepState.DONE else ""
            change(
                step,
                "step.settled",
                actor,
                entry={"payload": digest or None, "data": {"by": "person"}},
                state=state,
                outcome=digest,
                outcome_kind="value" if state == StepState.DONE else "cancelled",
                labels={"": ["human"]} if state == StepState.DONE else {},
                finished_at=timezone.now(),
            )
        again = state == StepState.CANCELLED
        change(
            locked,
            "task.released",
            actor,
            state=TaskState.READY,
            park_reason="",
            reason=reason,
            generation=locked.generation + (1 if again else 0),
            ready_at=timezone.now(),
        )
        wake_workers()
        return locked


def retry_task(*, task: Task, person: Person, reason: str) -> Task:
    """Begin again with a new journal; outcomes of finished writing steps are used again."""
    actor = actor_for(person)
    with ledger.transaction():
        locked = _parked_task(task, person)
        if locked.park_reason in {ParkReason.UNKNOWN, ParkReason.ESCALATED}:
            raise IllegalTransition("Say first what became of it.")
        fields: dict[str, Any] = {"generation": locked.generation + 1, "losses": 0}
        if locked.park_reason == ParkReason.OWNERLESS:
            fields = {"agent": None, "version": None}
        change(
            locked,
            "task.released",
            actor,
            state=TaskState.READY,
            park_reason="",
            reason=reason,
            ready_at=timezone.now(),
            **fields,
        )
        wake_workers()
        return locked


def give_up_task(*, task: Task, person: Person, reason: str) -> Task:
    """The task fails; its goal is planned anew or fails with this reason."""
    actor = actor_for(person)
    with ledger.transaction():
        locked = _parked_task(task, person)
        change(
            locked,
            "task.failed",
            actor,
            state=TaskState.FAILED,
            park_reason="",
            reason=reason,
            finished_at=timezone.now(),
        )
        after_task(locked)
        return locked


def settle_escalation(*, task: Task, person: Person, accept: bool, reason: str) -> Goal:
    """A person decides what became of a goal whose rounds did not converge."""
    actor = actor_for(person)
    with ledger.transaction():
        goal = lock_goal(task.goal_id)
        locked = _parked_task(task, person)
        if locked.park_reason != ParkReason.ESCALATED:
            raise IllegalTransition("This task was not escalated.")
        change(
            locked,
            "task.done",
            actor,
            entry={"data": {"accepted": accept}},
            state=TaskState.DONE,
            park_reason="",
            reason=reason,
            result=locked.input,
            result_labels=locked.input_labels,
            finished_at=timezone.now(),
        )
        state = GoalState.COMPLETED if accept else GoalState.FAILED
        close_goal(goal, state, reason, locked.input if accept else "", actor)
        return goal


def _parked_task(task: Task, person: Person) -> Task:
    require(person, task.scope, Role.OPERATOR, Role.ADMIN)
    locked = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
    if locked.state != TaskState.PARKED:
        raise IllegalTransition(f"The task is {locked.state}; somebody else has seen to it.")
    return locked


def read_outcome(text: str) -> Any:
    """The JSON a person typed as the outcome of a step; InvalidInput says what is wrong with it."""
    import json

    try:
        return json.loads(text) if text.strip() else None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"The outcome is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
