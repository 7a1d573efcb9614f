"""Attempts: claiming admitted tasks, renewing leases, and the ways an attempt ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit import ledger, payloads
from audit.entries import Actor
from orchestration.models import Attempt, Step, Task
from orchestration.operations.changes import SYSTEM, change
from orchestration.operations.planning import after_task
from orchestration.operations.waiting import end_attempt, held_task
from orchestration.vocabulary import (
    AttemptState,
    ParkReason,
    StepState,
    TaskState,
)

MOST_LOSSES = 5
"""After so many attempts that died without a word the task is parked for a person."""


def claim_tasks(*, worker: str, limit: int, lease: timedelta) -> list[Attempt]:
    """Open attempts at up to `limit` admitted tasks that nobody else is claiming."""
    with ledger.transaction():
        tasks = (
            Task.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(state=TaskState.ADMITTED)
            .order_by("priority", "ready_at")[:limit]
        )
        return [_open_attempt(task, worker, lease) for task in tasks]


def _open_attempt(task: Task, worker: str, lease: timedelta) -> Attempt:
    now = timezone.now()
    number = Attempt.objects.filter(task=task).count() + 1
    fields: dict[str, Any] = {"state": TaskState.RUNNING, "fence": task.fence + 1}
    if task.started_at is None:
        fields["started_at"] = now
    change(
        task,
        "task.started",
        SYSTEM,
        entry={"data": {"attempt": number, "worker": worker}},
        **fields,
    )
    return Attempt.objects.create(
        task=task,
        number=number,
        generation=task.generation,
        fence=task.fence,
        worker=worker,
        lease_until=now + lease,
    )


def renew_leases(*, attempts: list[UUID], lease: timedelta) -> set[UUID]:
    """Prolong the leases of attempts that are still running; returns those that are."""
    alive = Attempt.objects.filter(pk__in=attempts, state=AttemptState.RUNNING)
    alive.update(lease_until=timezone.now() + lease)
    return set(alive.values_list("pk", flat=True))


def finish_attempt(*, attempt: Attempt, result: str, labels: dict[str, list[str]]) -> None:
    """The handler returned: the task is done with this result (a payload digest).

    In the caller's transaction, in which the publishing step was written.
    """
    task = held_task(attempt)
    change(
        task,
        "task.done",
        agent_actor(task),
        entry={"payload": result},
        state=TaskState.DONE,
        result=result,
        result_labels=labels,
        finished_at=timezone.now(),
    )
    end_attempt(attempt, AttemptState.DONE)
    after_task(task)


def fail_attempt(*, attempt: Attempt, error: str) -> None:
    """The handler raised: try again in a new generation while its limit allows, else fail."""
    with ledger.transaction():
        task = held_task(attempt)
        end_attempt(attempt, AttemptState.FAILED, error)
        limits = task.version.limits if task.version else {}
        if task.generation <= int(limits.get("retries", 1)):
            change(
                task,
                "task.retried",
                SYSTEM,
                state=TaskState.READY,
                generation=task.generation + 1,
                reason=error[:2000],
                ready_at=timezone.now(),
            )
            return
        change(
            task,
            "task.failed",
            SYSTEM,
            state=TaskState.FAILED,
            reason=error[:2000],
            finished_at=timezone.now(),
        )
        after_task(task)


def give_back_attempt(*, attempt: Attempt, error: str = "") -> None:
    """End an attempt that could not go on through no fault of its agent; another follows."""
    with ledger.transaction():
        task = held_task(attempt)
        end_attempt(attempt, AttemptState.LOST, error)
        change(task, "task.returned", SYSTEM, state=TaskState.READY, ready_at=timezone.now())


def park_attempt(
    *,
    attempt: Attempt,
    why: ParkReason,
    reason: str,
    evidence: Any = None,
    personal: payloads.Personal | None = None,
) -> None:
    """The task can't go on without a person: put it among the parked work.

    `personal` says whose data the leaves of the evidence are.
    """
    with ledger.transaction():
        task = held_task(attempt)
        end_attempt(attempt, AttemptState.PARKED, reason)
        kept = payloads.store(evidence, personal=personal) if evidence is not None else ""
        park(task, why, reason, kept)


def park(task: Task, why: ParkReason, reason: str, evidence: str = "") -> None:
    """Put a task among the parked work, in the caller's transaction; evidence is a payload."""
    change(
        task,
        "task.parked",
        SYSTEM,
        state=TaskState.PARKED,
        park_reason=why.value,
        reason=reason[:2000],
        evidence=evidence,
    )


def mark_unknown(*, step_id: str) -> None:
    """An effect was begun and its outcome never recorded: say so; the caller parks the task."""
    with ledger.transaction():
        fresh = Step.objects.select_for_update(no_key=True).get(pk=step_id)
        if fresh.state == StepState.DISPATCHED:
            change(fresh, "step.unknown", SYSTEM, state=StepState.UNKNOWN)


def reap_lost_attempts() -> int:
    """Make tasks ready again whose attempt let its lease run out; returns how many."""
    expired = Attempt.objects.filter(
        state=AttemptState.RUNNING, lease_until__lt=timezone.now()
    ).values_list("pk", flat=True)[:200]
    return sum(_reap(pk) for pk in list(expired))


def _reap(pk: UUID) -> int:
    with ledger.transaction():
        attempt = Attempt.objects.select_related("task").get(pk=pk)
        task = (
            Task.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(pk=attempt.task_id)
            .first()
        )
        expired = Attempt.objects.filter(
            pk=pk, state=AttemptState.RUNNING, lease_until__lt=timezone.now()
        )
        if task is None or not expired.exists():
            return 0
        end_attempt(attempt, AttemptState.LOST, "the lease ran out: the worker is gone or stuck")
        if task.fence != attempt.fence or task.state != TaskState.RUNNING:
            return 0
        if task.losses + 1 >= MOST_LOSSES:
            change(task, "task.crashing", SYSTEM, losses=task.losses + 1)
            park(task, ParkReason.CRASHING, f"{task.losses} attempts died without a word")
            return 1
        change(
            task,
            "task.recovered",
            SYSTEM,
            state=TaskState.READY,
            losses=task.losses + 1,
            ready_at=timezone.now(),
        )
        return 1


def agent_actor(task: Task) -> Actor:
    """How the ledger names the agent that works on a task."""
    if task.agent is None:
        return SYSTEM
    return Actor("agent", str(task.agent_id), task.agent.slug)


def read_payload(digest: str) -> Any:
    """A payload's value; None for an empty digest."""
    return payloads.load(digest) if digest else None
