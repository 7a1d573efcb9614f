"""Approvals: bound to one exact call, counted once, decided again before anything runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestration.errors import Denied, IllegalTransition, NotAllowed
from orchestration.models import Approval, Step, Task
from orchestration.operations import approvals
from orchestration.vocabulary import Role
from tests.integration.orchestration.world import World, tool_that

HOLD = """
policy: tests.two-people
title: Payments need two people
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - name: pay
    when: act.effect == "irreversible"
    effect: hold
    approval: {from: [approver], quorum: 2, expires: 15m}
    reason: "a payment"
"""

STRICTER = """
policy: tests.never
title: Never
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - name: never
    effect: deny
    reason: "not any more"
"""


class Payments:
    """A payment tool that counts what it really did, and the agent that uses it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: list[str] = []
        self.told: list[str] = []
        name = tool_that(lambda call: self._pay(call), effect="irreversible", idempotent=False)

        def run(task):
            try:
                return {"paid": task.call(name, amount=5)}
            except Denied as denied:
                self.told += denied.reasons
                return {"paid": None}

        world.policy(HOLD)
        self.agent = world.agent(run, grants=(name,))
        self.goal = world.goal()
        world.run()

    def _pay(self, call):
        self.calls.append(call.idempotency_key)
        return {"receipt": 1}

    @property
    def approval(self) -> Approval:
        return Approval.objects.latest("created_at")

    def vote(self, person, verdict="approve", digest=None) -> None:
        approval = self.approval
        approvals.cast_vote(
            approval_id=approval.pk,
            person=person,
            verdict=verdict,
            reason="because",
            digest=digest or approval.digest,
        )


@pytest.fixture
def payments(world: World) -> Payments:
    return Payments(world)


def test_a_held_step_waits_without_a_worker_and_runs_once_when_two_people_agree(
    world: World, payments: Payments
) -> None:
    assert Task.objects.get(key="plan-1").state == "waiting"
    assert Step.objects.get(act="tool.call").state == "held"
    payments.vote(world.first)
    assert world.run() == []
    payments.vote(world.second)
    assert world.run() == ["done"]
    assert len(payments.calls) == 1
    assert payments.approval.state == "consumed"
    kinds = world.kinds(payments.goal)
    assert kinds.count("approval.answered") == 2
    assert kinds.index("approval.consumed") < kinds.index("step.done")


def test_one_denial_ends_it_and_the_agent_is_told_by_whom_and_why(
    world: World, payments: Payments
) -> None:
    payments.vote(world.first)
    payments.vote(world.second, "deny")
    assert world.run() == ["done"]
    assert payments.calls == []
    assert "denied by quinn" in payments.told[0]
    assert "because" in payments.told[0]


def test_clicking_twice_counts_once(world: World, payments: Payments) -> None:
    payments.vote(world.first)
    with pytest.raises(IllegalTransition, match="answered already"):
        payments.vote(world.first)
    assert payments.approval.state == "open"


def test_who_comes_second_learns_who_was_first(world: World, payments: Payments) -> None:
    payments.vote(world.first, "deny")
    with pytest.raises(IllegalTransition, match="denied by pia"):
        payments.vote(world.second)


def test_who_asked_for_the_goal_cannot_approve_its_step(world: World, payments: Payments) -> None:
    from orchestration.operations import people
    from orchestration.operations.changes import SYSTEM

    people.grant_role(person=world.asker, unit=world.unit, role=Role.APPROVER, actor=SYSTEM)
    with pytest.raises(NotAllowed, match="You asked for this goal"):
        payments.vote(world.asker)


def test_without_the_role_nobody_approves(world: World, payments: Payments) -> None:
    with pytest.raises(NotAllowed, match="role approver"):
        payments.vote(world.operator)


def test_after_its_time_an_approval_is_a_denial(world: World, payments: Payments) -> None:
    payments.vote(world.first)
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(IllegalTransition, match="time to decide ran out"):
        payments.vote(world.second)
    assert world.run() == ["done"]
    assert payments.calls == []
    assert "ran out" in payments.told[0]


def test_what_was_granted_and_not_used_in_time_does_not_run(
    world: World, payments: Payments
) -> None:
    payments.vote(world.first)
    payments.vote(world.second)
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    approvals.expire_due()
    world.run()
    assert payments.calls == []
    assert payments.approval.state == "expired"


def test_a_call_other_than_the_one_shown_is_not_approved(world: World, payments: Payments) -> None:
    with pytest.raises(IllegalTransition, match="call changed"):
        payments.vote(world.first, digest="0" * 64)
    assert not payments.approval.votes.exists()


def test_a_policy_published_after_the_approval_still_denies(
    world: World, payments: Payments
) -> None:
    payments.vote(world.first)
    payments.vote(world.second)
    world.policy(STRICTER)
    world.run()
    assert payments.calls == []
    assert "not any more" in payments.told[0]


def test_a_new_rule_that_holds_asks_anew_and_the_old_answer_still_counts_for_the_old_rule(
    world: World, payments: Payments
) -> None:
    payments.vote(world.first)
    payments.vote(world.second)
    world.policy(
        HOLD.replace("tests.two-people", "tests.one-more").replace("quorum: 2", "quorum: 1")
    )
    world.run()
    assert payments.calls == []
    assert Approval.objects.count() == 2
    assert [clause["policy"] for clause in payments.approval.clauses] == ["tests.one-more"]
    payments.vote(world.first)
    world.run()
    assert len(payments.calls) == 1
    assert set(Approval.objects.values_list("state", flat=True)) == {"consumed"}


def test_a_hold_that_nobody_could_approve_is_a_denial(world: World) -> None:
    name = tool_that(lambda call: {}, effect="irreversible")
    told = []

    def run(task):
        try:
            task.call(name)
        except Denied as denied:
            told.extend(denied.reasons)
        return {}

    world.policy(HOLD.replace("quorum: 2", "quorum: 3"))
    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert "there are not so many" in told[0]
    assert not Approval.objects.exists()
