"""What people may do to a running fleet: pause and resume agents, halt and release.

These need rights, not policy. A halt raises the epoch that every step's statement compares, and
returns when no such statement that began before is still running: after it, no step starts.
"""

from __future__ import annotations

import time

from django.db import connection
from django.db.models import F
from django.utils import timezone

from audit import ledger
from orchestration.access.roles import require
from orchestration.errors import IllegalTransition, NotAllowed, SignalboxError
from orchestration.models import Agent, Halt, Person, Wait, World
from orchestration.operations import waiting
from orchestration.operations.changes import change, create
from orchestration.operations.people import actor_for
from orchestration.operations.signals import wake_workers
from orchestration.operations.steps import STATEMENT_MARK
from orchestration.vocabulary import AgentState, Role

PATIENCE_S = 5.0
"""How long a halt waits for statements that were already running, in seconds."""


def raise_epoch() -> None:
    """Make every running attempt look again before its next step; in the caller's transaction."""
    World.objects.filter(pk=1).update(halt_epoch=F("halt_epoch") + 1)


def pause_agent(*, agent: Agent, person: Person) -> Agent:
    """Stop an agent before its next step; its tasks wait for it."""
    require(person, agent.scope, Role.OPERATOR, Role.ADMIN)
    with ledger.transaction():
        change(agent, "agent.paused", actor_for(person), state=AgentState.PAUSED)
        raise_epoch()
    wait_for_running_statements()
    return agent


def resume_agent(*, agent: Agent, person: Person) -> Agent:
    """Let a paused agent work again."""
    require(person, agent.scope, Role.OPERATOR, Role.ADMIN)
    with ledger.transaction():
        change(agent, "agent.resumed", actor_for(person), state=AgentState.ACTIVE)
        wake_workers()
    return agent


def order_halt(*, kind: str, subject: str, scope: str, person: Person, reason: str) -> Halt:
    """Stop an agent, unit, tool, policy, goal or everything, from before the next step on.

    Raises NotAllowed without the role operator or admin there; stopping needs no second person.
    """
    require(person, scope, Role.OPERATOR, Role.ADMIN)
    with ledger.transaction():
        halt = Halt(kind=kind, subject=subject, scope=scope, reason=reason, ordered_by=person)
        create(halt, "halt.ordered", actor_for(person))
        raise_epoch()
    wait_for_running_statements()
    return halt


def release_halt(*, halt: Halt, person: Person) -> Halt:
    """End a halt; what it stopped goes on. A halt of everything is released by someone else."""
    require(person, halt.scope, Role.OPERATOR, Role.ADMIN)
    if halt.kind == Halt.Kind.EVERYTHING and halt.ordered_by_id == person.pk:
        raise NotAllowed("A halt of everything is released by someone other than who ordered it.")
    with ledger.transaction():
        locked = Halt.objects.select_for_update().get(pk=halt.pk)
        if locked.released_at is not None:
            raise IllegalTransition("This halt was released already.")
        change(
            locked,
            "halt.released",
            actor_for(person),
            released_at=timezone.now(),
            released_by=person,
        )
        waiting.wake(kind=Wait.Kind.HALT, subject=locked.pk, actor=actor_for(person))
        wake_workers()
        return locked


def wait_for_running_statements(what: str = "The halt stands") -> None:
    """Return when everything is committed that passed the gate before `what` was committed.

    That is each step statement under way, and each transaction that had written already: a step may
    share one with other rows.
    """
    running = f"""
        select count(*) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and (
          state = 'active' and query like '{STATEMENT_MARK}%%' and query_start <= %(since)s
          or backend_xid is not null and xact_start <= %(since)s)
    """  # noqa: S608 - the mark is a constant of ours
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (since,) = cursor.fetchone()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            cursor.execute(running, {"since": since})
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.005)
    raise SignalboxError(f"{what}, but a step that began before it is still being written.")
