"""Worlds in which something is about to happen, each made with one call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from audit import ledger, payloads
from orchestration.enforcement.standing import read_standing
from orchestration.models import Agent, Approval, Attempt, Goal, Halt, Task, Tool, Unit, Wait
from orchestration.operations import attempts, dispatch, goals, interventions, planning, waiting
from orchestration.operations.changes import SYSTEM
from orchestration.operations.planning import TaskSpec
from orchestration.runtime.context import TaskContext
from orchestration.runtime.journal import Journal
from orchestration.runtime.stepping import Stepper
from orchestration.vocabulary import Role
from tests.integration.orchestration.world import LEASE, World, tool_that

POLICY = """
policy: tests.more
title: One more
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - {name: none, when: act.effect == "none", effect: deny, reason: "none"}
"""
HOLD = """
policy: tests.ask
title: Ask people
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - name: pay
    when: act.effect == "irreversible"
    effect: hold
    approval: {from: [approver], quorum: QUORUM, expires: 15m}
    reason: "a payment"
"""
PAST = timedelta(seconds=1)


class Killed(BaseException):
    """Stands for a worker that dies on the spot."""


class Scene(World):
    """A world with ways into the middle of things."""

    def move_to(self, unit: Unit) -> None:
        """Go on in another unit, with people of its own."""
        self.unit = unit
        self.asker = self.person("demo-asker", Role.ADMIN)
        for name in ("demo-first", "demo-second"):
            self.person(name, Role.APPROVER)

    def tool(self, **options: Any) -> str:
        """A tool that does nothing."""
        return tool_that(lambda call: {}, **{"idempotent": True, **options})

    def idle_agent(self, **how: Any) -> Agent:
        """An agent that returns at once."""
        return self.agent(lambda task: {}, **how)

    def ready_task(self) -> Task:
        """The planner's task of a new goal."""
        self.idle_agent()
        return Task.objects.get(goal=self.goal())

    def claim(self) -> Attempt:
        """An attempt at the one task that is ready."""
        dispatch.dispatch()
        [attempt] = attempts.claim_tasks(worker="test", limit=1, lease=LEASE)
        return attempt

    def claimed(self) -> Attempt:
        """An attempt at a new goal's first task."""
        self.ready_task()
        return self.claim()

    def context(self, attempt: UUID) -> tuple[TaskContext, Stepper]:
        """What the handler of this attempt would be given, and what takes its steps."""
        standing = read_standing(attempt)
        stepper = Stepper(standing, Journal(standing.task), self.folder, buffered=True)
        return TaskContext(stepper), stepper

    def hold_call(self, quorum: int = 1) -> Approval:
        """A call that waits for people."""
        name = self.tool(effect="irreversible")
        self.policy(HOLD.replace("QUORUM", str(quorum)))
        self.agent(lambda task: task.call(name, amount=1), grants=(name,))
        self.goal()
        self.run()
        return Approval.objects.get()

    def let_expire(self) -> int:
        """Put the time to decide into the past."""
        return int(Approval.objects.update(expires_at=timezone.now() - PAST))

    def let_leases_run_out(self) -> int:
        """Put the end of running leases into the past."""
        running = Attempt.objects.filter(state="running")
        return int(running.update(lease_until=timezone.now() - PAST))

    def die_in_a_call(self, *, idempotent: bool = False) -> str:
        """A worker died while it called a tool, and its lease ran out; returns the tool."""
        lives = iter([True])

        def perform(call: Any) -> Any:
            if next(lives, False):
                raise Killed
            return {}

        name = tool_that(perform, idempotent=idempotent)
        self.agent(lambda task: task.call(name), grants=(name,))
        self.goal()
        with pytest.raises(Killed):
            self.step_once()
        self.let_leases_run_out()
        attempts.reap_lost_attempts()
        return name

    def parked_as_unknown(self) -> Task:
        """A task that died in a call which must not be repeated."""
        self.die_in_a_call()
        self.run()
        return Task.objects.get(park_reason="unknown")

    def parked_as_ownerless(self) -> Task:
        """A task that nobody can do."""
        self.goal(planner="flying")
        self.run()
        return Task.objects.get(park_reason="ownerless")

    def escalated(self) -> Task:
        """A goal whose only round was not accepted."""
        self.idle_agent()
        self.agent(lambda task: {"accepted": False}, capability="judging")
        self.goal(evaluator="judging", max_rounds=1)
        self.run()
        return Task.objects.get(park_reason="escalated")

    def finished_goal(self) -> Goal:
        """A goal whose tasks are done and which has not been moved on."""
        attempt = self.claimed()
        with ledger.transaction():
            attempts.finish_attempt(attempt=attempt, result=payloads.store({}), labels={})
        return Goal.objects.get()

    def watching_task(self, key: str) -> Task:
        """A goal with a task that watches a key of the blackboard, beside its plan."""
        goal = self.finished_goal()
        spec = TaskSpec("watcher", "work", "Watch", watches=[key])
        with ledger.transaction():
            [made] = planning.add_tasks(goal=goal, parent=None, specs=[spec], actor=SYSTEM)
        return Task.objects.get(pk=made)

    def task_whose_need_is_done(self) -> Task:
        """A pending task whose needs were done without anybody noticing."""
        goal = self.ready_task().goal
        spec = TaskSpec("after", "work", "After", needs=["plan-1"])
        with ledger.transaction():
            [made] = planning.add_tasks(goal=goal, parent=None, specs=[spec], actor=SYSTEM)
        Task.objects.filter(key="plan-1").update(state="done")
        return Task.objects.get(pk=made)

    def waiting_for_a_timer(self) -> Wait:
        """A task that waits for a moment which has come."""
        attempt = self.claimed()
        with ledger.transaction():
            waiting.suspend(
                attempt=attempt,
                kind=Wait.Kind.TIMER,
                subject=attempt.pk,
                due_at=timezone.now() - PAST,
            )
        return Wait.objects.get()

    def halt_everything(self) -> Halt:
        """Stop everything in the unit."""
        return interventions.order_halt(
            kind="everything", subject="", scope="acme", person=self.operator, reason="stop"
        )

    def forget_a_title(self) -> None:
        """Make one known tool differ from its declaration."""
        Tool.objects.filter(pk=Tool.objects.order_by("name")[0].pk).update(title="?")

    def change_fact(self, goal: Goal, key: str, value: Any) -> None:
        """A person reports that something changed."""
        goals.change_facts(goal=goal, values={key: value}, reason="news", person=None)
