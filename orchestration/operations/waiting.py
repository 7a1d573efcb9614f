"""Waiting without holding a worker: a row that says what for, and waking without losing a wake-up.

For replies the order of locks is subtask first, then the task that waits; for approvals it is the
task first, then the approval. A task that begins to wait holds a share lock on its subject while it
looks once more; whoever finishes the subject updates it first and then deletes the waits, so one of
the two always sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audit import ledger
from audit.entries import Actor
from orchestration.errors import AttemptLost
from orchestration.models import Attempt, Task, Wait
from orchestration.operations.changes import SYSTEM, change
from orchestration.operations.signals import wake_workers
from orchestration.vocabulary import FINISHED_TASK, AttemptState, TaskState


def suspend_for_reply(*, attempt: Attempt, subtask: UUID) -> bool:
    """End the attempt until the subtask is finished; False when it already is."""
    with ledger.transaction():
        with connection.cursor() as cursor:
            cursor.execute(
                "select state from orchestration_task where id = %s for share", [subtask]
            )
            (state,) = cursor.fetchone()
        if TaskState(state) in FINISHED_TASK:
            return False
        suspend(attempt=attempt, kind=Wait.Kind.REPLY, subject=subtask)
        return True


def suspend(*, attempt: Attempt, kind: str, subject: UUID, due_at: datetime | None = None) -> None:
    """End the attempt and let its task wait; the caller has made sure the subject is still open.

    Raises AttemptLost when the task is no longer this attempt's.
    """
    task = held_task(attempt)
    Wait.objects.get_or_create(task=task, kind=kind, subject=subject, defaults={"due_at": due_at})
    change(
        task,
        "task.suspended",
        SYSTEM,
        entry={"data": {"waits_for": {"kind": str(kind), "subject": str(subject)}}},
        state=TaskState.WAITING,
    )
    end_attempt(attempt, AttemptState.SUSPENDED)


def held_task(attempt: Attempt) -> Task:
    """The attempt's task, locked; AttemptLost when another attempt or nobody holds it."""
    task = (
        Task.objects.select_for_update(no_key=True)
        .filter(pk=attempt.task_id, fence=attempt.fence, state=TaskState.RUNNING)
        .first()
    )
    if task is None:
        raise AttemptLost
    return task


def end_attempt(attempt: Attempt, state: AttemptState, error: str = "") -> None:
    """Close an attempt's row and give back what is left of its slices."""
    from orchestration.operations.budgets import settle_slices

    Attempt.objects.filter(pk=attempt.pk, state=AttemptState.RUNNING).update(
        state=state, error=error[:4000], ended_at=timezone.now()
    )
    settle_slices(attempt.pk)


def wake(*, kind: str, subject: UUID, actor: Actor = SYSTEM) -> int:
    """Wake all tasks that wait for this subject; the caller has just changed it. Returns how many.

    Runs in the caller's transaction.
    """
    waits = Wait.objects.select_for_update().filter(kind=kind, subject=subject)
    tasks = list(waits.values_list("task_id", flat=True))
    waits.delete()
    return ready_tasks(tasks, actor)


def ready_tasks(ids: Iterable[UUID], actor: Actor) -> int:
    """Make waiting tasks ready that wait for nothing more; in the caller's transaction."""
    readied = 0
    for task in Task.objects.select_for_update(no_key=True).filter(pk__in=list(ids)):
        if task.state == TaskState.WAITING and not task.waits.exists():
            change(task, "task.resumed", actor, state=TaskState.READY, ready_at=timezone.now())
            readied += 1
    if readied:
        wake_workers()
    return readied


def wake_due(now: datetime) -> int:
    """Wake tasks whose timer has come; approvals expire in their own operation."""
    with ledger.transaction():
        due = Wait.objects.select_for_update(skip_locked=True).filter(
            kind=Wait.Kind.TIMER, due_at__lte=now
        )
        tasks = list(due.values_list("task_id", flat=True))
        due.delete()
        return ready_tasks(tasks, SYSTEM)


def suspend_for_halt(*, attempt: Attempt, halt: UUID | None) -> None:
    """End an attempt that was stopped by a person.

    With a halt the task waits for its release; when agent or goal are paused it is ready again and
    the dispatcher leaves it alone until they work.
    """
    with ledger.transaction():
        if halt is not None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select released_at from orchestration_halt where id = %s for share", [halt]
                )
                (released_at,) = cursor.fetchone()
            if released_at is None:
                suspend(attempt=attempt, kind=Wait.Kind.HALT, subject=halt)
                return
        task = held_task(attempt)
        end_attempt(attempt, AttemptState.SUSPENDED)
        change(task, "task.returned", SYSTEM, state=TaskState.READY, ready_at=timezone.now())
