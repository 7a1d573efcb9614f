"""The dispatcher: gives ready tasks to agents, and admits them to Celery a few at a time.

Celery's queues are first in, first out, so fairness is decided here, from rows: at most about twice
the worker slots are admitted, chosen by weighted fair queueing over units and priorities.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from audit import ledger
from orchestration.allocation import central
from orchestration.allocation.fair_queue import Waiting, choose_fairly
from orchestration.models import Agent, Halt, Task
from orchestration.models.base import within
from orchestration.operations.attempts import park
from orchestration.operations.changes import SYSTEM, change
from orchestration.operations.signals import WORK, send
from orchestration.vocabulary import AgentState, GoalState, ParkReason, TaskState

LOOKED_AT = 200
"""How many ready tasks the dispatcher weighs at a time."""


def dispatch() -> int:
    """Award unawarded ready tasks and admit as many as there is room for; returns how many."""
    allocate_ready()
    return admit_ready(room=2 * settings.WORKER_SLOTS)


def allocate_ready() -> int:
    """Give each ready task that has no agent to the best one that can do it."""
    ids = Task.objects.filter(
        state=TaskState.READY, agent__isnull=True, goal__state=GoalState.RUNNING
    ).values_list("pk", flat=True)[:LOOKED_AT]
    return sum(_allocate(pk) for pk in list(ids))


def _allocate(pk: Any) -> int:
    with ledger.transaction():
        task = (
            Task.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=pk, state=TaskState.READY, agent__isnull=True)
            .first()
        )
        if task is None:
            return 0
        award = central.choose(task.capability, task.scope, candidates_for(task))
        if award is None:
            park(task, ParkReason.OWNERLESS, f"no active agent can do {task.capability!r}")
            return 0
        agent = Agent.objects.get(pk=award.agent)
        change(
            task,
            "task.awarded",
            SYSTEM,
            agent=agent,
            version=agent.current,
            award=award.record(),
        )
        return 1


def candidates_for(task: Task) -> list[central.Candidate]:
    """Active agents with a version, and what the choice among them depends on."""
    top = task.scope.split("/")[0]
    rows = (
        Agent.objects.filter(within([top]), state=AgentState.ACTIVE, current__isnull=False)
        .filter(current__capabilities__contains=[task.capability])
        .annotate(load=Count("tasks", filter=Q(tasks__state__in=["ready", "admitted", "running"])))
        .select_related("current")
        .order_by("slug")
    )
    return [
        central.Candidate(
            agent=str(row.pk),
            slug=row.slug,
            scope=row.scope,
            capabilities=tuple(row.current.capabilities) if row.current else (),
            load=row.load,
        )
        for row in rows
    ]


def admit_ready(*, room: int) -> int:
    """Admit ready tasks while fewer than `room` are admitted or running, fairly over units."""
    with ledger.transaction():
        under_way = Task.objects.filter(state=TaskState.ADMITTED).count()
        free = room - under_way
        if free <= 0:
            return 0
        ready = list(
            runnable()
            .select_for_update(skip_locked=True, no_key=True, of=("self",))
            .order_by("priority", "ready_at")[:LOOKED_AT]
        )
        running = Task.objects.filter(state__in=[TaskState.ADMITTED, TaskState.RUNNING])
        load = dict(running.values_list("scope").annotate(count=Count("pk")))
        queue = [Waiting(str(t.pk), t.scope, t.priority) for t in ready]
        chosen = set(choose_fairly(queue, load, free))
        for task in ready:
            if str(task.pk) in chosen:
                change(task, "task.admitted", SYSTEM, state=TaskState.ADMITTED)
        for _ in range(min(len(chosen), settings.WORKER_SLOTS)):
            send(WORK)
        return len(chosen)


def runnable() -> Any:
    """Ready tasks with an agent that may work now: goal running, agent active, nothing halted."""
    tasks = Task.objects.filter(
        state=TaskState.READY,
        agent__isnull=False,
        agent__state=AgentState.ACTIVE,
        goal__state=GoalState.RUNNING,
    )
    for halt in Halt.objects.filter(released_at__isnull=True):
        tasks = tasks.exclude(_halted_by(halt))
    return tasks


def _halted_by(halt: Halt) -> Q:
    conditions = {
        Halt.Kind.AGENT: Q(agent__slug=halt.subject),
        Halt.Kind.GOAL: Q(goal_id=halt.subject) if halt.kind == Halt.Kind.GOAL else Q(pk=None),
        Halt.Kind.UNIT: within([halt.subject]) | within([halt.subject], "agent__scope"),
        Halt.Kind.EVERYTHING: ~Q(pk=None),
    }
    return conditions.get(Halt.Kind(halt.kind), Q(pk=None))


def release_stale_admissions() -> int:
    """Look again for admitted tasks that no worker has claimed: their message may be lost."""
    waiting = Task.objects.filter(state=TaskState.ADMITTED).count()
    for _ in range(min(waiting, settings.WORKER_SLOTS)):
        send(WORK)
    return waiting


def now_ready_count() -> int:
    """How many tasks could run at this moment."""
    return int(runnable().filter(ready_at__lte=timezone.now()).count())
