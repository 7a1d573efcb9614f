"""A world in which anything may happen, by chance that a seed fixes: for tests of completeness.

Agents act at random, workers die, people answer, pause, halt, publish and change their minds. What
an agent does depends on its task's key alone, so that it does the same when it runs again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.db import connections
from django.utils import timezone

from audit import ledger
from orchestration.errors import AskFailed, Conflict, Denied, SignalboxError, ToolError
from orchestration.models import Agent, Approval, Attempt, Goal, Halt, Person, Task
from orchestration.operations import (
    approvals,
    attempts,
    changes,
    dispatch,
    fleet,
    goals,
    interventions,
    parked,
    waiting,
)
from orchestration.operations.changes import SYSTEM
from orchestration.operations.planning import TaskSpec
from orchestration.runtime.attempts import run_attempt
from orchestration.vocabulary import ParkReason
from tests.integration.orchestration.scenes import HOLD, PAST, Killed
from tests.integration.orchestration.world import LEASE, World, tool_that

LABELS = ("untrusted",)
REFUSED = (AskFailed, Conflict, Denied, ToolError)


class Fate(World):
    """A world ruled by a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder)
        self.seed = seed
        self.chance = random.Random(seed)  # noqa: S311
        self.policy(HOLD.replace("QUORUM", "2"))
        self.tools = [
            self._tool(effect="read", idempotent=True, labels=LABELS),
            self._tool(effect="write", idempotent=True),
            self._tool(effect="write", idempotent=False),
            self._tool(effect="irreversible", idempotent=False),
            self._directory(),
        ]
        for capability in ("work", "helping"):
            self.agent(
                self._handler(),
                capability=capability,
                grants=tuple(self.tools),
                limits={"retries": 1},
            )
        judge = self.agent(self._judge(), capability="judging")
        self.agents = [*Agent.objects.exclude(pk=judge.pk)]

    def _tool(self, **how: Any) -> str:
        def perform(call: Any) -> Any:
            self.maybe_die(0.25)
            if self.chance.random() < 0.1:
                raise ToolError("not today")
            return {"näme": call.arguments, "n": 1.5}

        return tool_that(perform, **how)

    def _directory(self) -> str:
        """A tool that looks customers up: whose address it is, each leaf says itself."""
        schema = {"properties": {"address": {"personal": True}, "n": {"type": "integer"}}}

        def perform(call: Any) -> Any:
            number = int(call.arguments.get("n", 0))
            return {"address": self.customer(number % 4), "n": number}

        return tool_that(perform, effect="read", idempotent=True, result=schema)

    def customer(self, number: int) -> str:
        """Where a customer can be written to."""
        return f"customer{number}@example.com"

    def maybe_die(self, likely: float = 0.05) -> None:
        """Now and then a worker dies where it stands."""
        if self.chance.random() < likely:
            raise Killed

    def _handler(self) -> Callable[[Any], Any]:
        def run(task: Any) -> Any:
            own = random.Random(f"{self.seed} {task.key}")  # noqa: S311
            told = [self._add(task)] if "/" not in task.key and " " not in task.key else []
            if self.chance.random() < 0.03:
                task.post("another-way", 1)
            for number in range(own.randint(1, 5)):
                try:
                    told.append(self._act(task, own, number))
                except REFUSED as refused:
                    told.append(type(refused).__name__)
                self.maybe_die()
            if self.chance.random() < 0.1:
                raise RuntimeError("the agent lost its way")
            return {"told": told}

        return run

    def _act(self, task: Any, own: random.Random, number: int) -> Any:
        key = f"k{own.randint(1, 3)}"
        acts: list[Callable[[], Any]] = [
            lambda: task.post(key, {"ключ": number}),
            lambda: task.post(key, number, expects=own.randint(0, 2)),
            lambda: task.read(key).value,
            lambda: task.call(own.choice(self.tools), n=number),
            lambda: task.call(self.tools[3], amount=number),
            lambda: task.post("customer", task.call(self.tools[4], n=own.randint(0, 3))),
            lambda: task.send(
                "capability:work", "who.v1", task.call(self.tools[4], n=own.randint(0, 3))
            ),
            lambda: task.ask("helping", {"n": number}) if "/" not in task.key else None,
            lambda: task.send("capability:work", "note.v1", {"n": number}),
            lambda: [letter.schema for letter in task.messages("note.v1")],
            task.random,
        ]
        return own.choice(acts)()

    def _add(self, task: Any) -> Any:
        names = [f"{letter} of {task.key}" for letter in "abcd"]
        return task.add(
            [
                TaskSpec(names[0], "work", "A", watches=["ports"]),
                TaskSpec(names[1], "work", "B", needs=[names[0]]),
                TaskSpec(names[2], "work", "C", replaces=[names[0]], priority=1),
                TaskSpec(names[3], "flying", "D", needs=[names[2]]),
            ]
        )

    def _judge(self) -> Callable[[Any], Any]:
        def judge(task: Any) -> Any:
            own = random.Random(f"{self.seed} {task.key}")  # noqa: S311
            return {"accepted": own.random() < 0.4, "critique": ["not yet"]}

        return judge

    def live(self, turns: int) -> None:
        """Let this many turns pass, each with a few acts of people and a round of work."""
        self.open_goals()
        for _ in range(turns):
            for _ in range(self.chance.randint(1, 4)):
                self.somebody_acts()
            try:
                self.step_once()
            except Killed:
                Attempt.objects.filter(state="running").update(lease_until=timezone.now() - PAST)
            self.sweep()

    def sweep(self) -> None:
        """What the clock asks for each second."""
        attempts.reap_lost_attempts()
        waiting.wake_due(timezone.now())

    def live_together(self, turns: int, hands: int) -> None:
        """The same with several workers at once, each of which may die, while people act."""
        self.open_goals()
        with ThreadPoolExecutor(hands + 1) as pool:
            busy = [pool.submit(self._work, turns) for _ in range(hands)]
            busy.append(pool.submit(self._act_often, turns))
            for one in busy:
                one.result()

    def _work(self, turns: int) -> None:
        try:
            for _ in range(turns):
                self._one_turn()
                self.sweep()
        finally:
            connections.close_all()

    def _one_turn(self) -> None:
        dispatch.dispatch()
        for attempt in attempts.claim_tasks(worker="hand", limit=1, lease=LEASE):
            try:
                run_attempt(attempt.pk, self.folder, self.keeper)
            except Killed:
                Attempt.objects.filter(pk=attempt.pk).update(lease_until=timezone.now() - PAST)
        for goal in goals.goals_to_advance():
            goals.advance_goal(goal_id=goal)

    def _act_often(self, turns: int) -> None:
        try:
            for _ in range(turns):
                self.somebody_acts()
        finally:
            connections.close_all()

    def open_goals(self) -> None:
        """Three goals, one of them judged."""
        self.goal(board={"ports": []})
        self.goal(evaluator="judging", max_rounds=2)
        self.goal(constraints={"höchstens": 3, "share": 0.25}, criteria=["gut"])

    def somebody_acts(self) -> None:
        """One act of a person that is possible or not; what is refused changes nothing."""
        try:
            self.chance.choice(self.acts())()
        except SignalboxError:
            return

    def acts(self) -> list[Callable[[], Any]]:
        """What people may do."""
        return [
            *[lambda: self.vote("approve")] * 6,
            lambda: self.vote("deny"),
            self.expire_one,
            *[self.settle] * 6,
            lambda: goals.change_facts(
                goal=self.one(Goal), values={"ports": [1]}, reason="nächste", person=self.operator
            ),
            lambda: goals.pause_goal(goal=self.one(Goal), reason="wait", person=self.operator),
            *[lambda: goals.resume_goal(goal=self.one(Goal), person=self.asker)] * 2,
            lambda: interventions.pause_agent(agent=self.an_agent(), person=self.operator),
            *[lambda: interventions.resume_agent(agent=self.an_agent(), person=self.asker)] * 2,
            self.halt,
            *[self.release] * 3,
            self.new_version,
            self.new_policy,
            self.cancel_one,
            lambda: self.open_unit(f"acme/u{self.chance.randint(1, 99)}"),
        ]

    def one(self, model: Any, **conditions: Any) -> Any:
        """A row by chance."""
        rows = list(model.objects.filter(**conditions).order_by("pk"))
        if not rows:
            raise SignalboxError("there is none")
        return self.chance.choice(rows)

    def an_agent(self) -> Agent:
        """One of the agents that work."""
        return Agent.objects.get(pk=self.chance.choice(self.agents).pk)

    def vote(self, verdict: str) -> None:
        """One of the two approvers answers an open request."""
        approval = self.one(Approval, state="open")
        person: Person = self.chance.choice([self.first, self.second])
        approvals.cast_vote(
            approval_id=approval.pk,
            person=person,
            verdict=verdict,
            reason=f"{verdict}, says {person}",
            digest=approval.digest,
        )

    def expire_one(self) -> None:
        """The time to decide runs out."""
        approval = self.one(Approval, state="open")
        with ledger.transaction():
            waited = changes.change(
                approval, "approval.shortened", SYSTEM, expires_at=timezone.now() - PAST
            )
        approvals.expire_if_due(waited.pk)

    def settle(self) -> None:
        """A person sees to parked work."""
        task = self.one(Task, state="parked")
        who = {"task": task, "person": self.operator, "reason": "gesehen"}
        if task.park_reason == ParkReason.UNKNOWN and self.chance.random() < 0.5:
            parked.say_it_happened(**who, outcome={"näme": 1})
        elif task.park_reason == ParkReason.UNKNOWN:
            parked.say_it_did_not(**who)
        elif task.park_reason == ParkReason.ESCALATED:
            parked.settle_escalation(**who, accept=self.chance.random() < 0.5)
        elif self.chance.random() < 0.5:
            parked.give_up_task(**who)
        else:
            parked.retry_task(**who)

    def halt(self) -> None:
        """Something is halted."""
        agent = self.an_agent()
        what = [("agent", agent.slug), ("tool", self.tools[1]), ("unit", "acme")]
        kind, subject = self.chance.choice(what)
        interventions.order_halt(
            kind=kind, subject=subject, scope="acme", person=self.operator, reason="Halt"
        )

    def release(self) -> None:
        """A halt is released."""
        interventions.release_halt(halt=self.one(Halt, released_at__isnull=True), person=self.asker)

    def new_version(self) -> None:
        """An agent gets another version."""
        agent = self.an_agent()
        assert agent.current is not None
        definition = fleet.AgentDefinition(
            role="executor",
            capabilities=agent.current.capabilities,
            handler=agent.current.handler,
            instructions=f"Überlege {self.chance.random()}",
            grants=self.tools,
            autonomy="act",
            limits={"retries": 1},
            model={"temperature": 0.7},
        )
        fleet.publish_version(agent=agent, definition=definition, actor=SYSTEM)

    def new_policy(self) -> None:
        """The rule for payments changes, so that what was held is decided anew."""
        quorum = self.chance.choice(["1", "2"])
        title = self.chance.choice(["Ask people", "Ask somebody"])
        self.policy(HOLD.replace("QUORUM", quorum).replace("Ask people", title))

    def cancel_one(self) -> None:
        """One goal in four that might be cancelled is."""
        if self.chance.random() < 0.25:
            goals.cancel_goal(goal=self.one(Goal), reason="genug", person=self.operator)
