"""The freight system on real workers: it completes, waits, adapts, and does each thing once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from audit import payloads
from orchestration.blueprints.freight.domain.orders import PAYMENT_LIMIT_MINOR
from orchestration.models import Approval, Goal, Step, Task
from orchestration.vocabulary import ApprovalState, GoalState, StepState, TaskState
from tests.integration.freight.conftest import Fleet
from tests.unit.freight.own_search import our_distance


def plan_of(goal: Goal) -> dict[str, dict[str, Any]]:
    return {row["shipment"]: row for row in payloads.load(goal.outcome)["plan"]}


def test_a_run_with_automatic_approval_completes_and_does_everything_once(fleet: Fleet):
    said = fleet.run("--seed", "7", "--auto-approve")
    assert said["state"] == GoalState.COMPLETED
    assert said["rounds"] == 2
    assert said["approvals"] == {"consumed": 1}
    goal = Goal.objects.get(pk=said["goal"])
    invoked = Counter(line["idempotency_key"] for line in fleet.lines("invocations.jsonl"))
    called = Step.objects.filter(goal=goal, act="tool.call", state=StepState.DONE)
    assert set(invoked.values()) == {1}
    assert set(invoked) == {str(key) for key in called.values_list("pk", flat=True)}
    rows = said["plan"]["plan"]
    assert {row["state"] for row in rows} == {"booked"}
    paid = [line["amount_minor"] for line in fleet.lines("payments.jsonl")]
    assert sorted(paid) == sorted(row["paid_minor"] for row in rows)
    assert len(fleet.records("bookings")) == len(fleet.records("outbox")) == len(rows)


def test_a_large_payment_waits_without_a_worker_until_two_people_agree(fleet: Fleet):
    goal = fleet.start(7)
    approval = fleet.until_it_waits(goal)
    assert fleet.busy() == 0
    arguments = payloads.load(Step.objects.get(pk=approval.step_id).arguments)
    assert arguments["amount_minor"] > PAYMENT_LIMIT_MINOR
    before = fleet.lines("payments.jsonl")
    assert all(line["amount_minor"] <= PAYMENT_LIMIT_MINOR for line in before)
    fleet.vote(approval, "approver-1", "approve")
    approval.refresh_from_db()
    assert approval.state == ApprovalState.OPEN
    fleet.vote(approval, "approver-2", "approve")
    assert fleet.until_it_ends(goal).state == GoalState.COMPLETED
    large = [x for x in fleet.lines("payments.jsonl") if x["amount_minor"] > PAYMENT_LIMIT_MINOR]
    assert [line["amount_minor"] for line in large] == [arguments["amount_minor"]]


def test_a_declined_payment_makes_the_agents_choose_a_cheaper_ship(fleet: Fleet):
    goal = fleet.start(7)
    approval = fleet.until_it_waits(goal)
    fleet.vote(approval, "approver-1", "deny")
    assert fleet.until_it_ends(goal).state == GoalState.COMPLETED
    row = plan_of(goal)["S01"]
    assert row["service"] == "slow"
    assert row["arrives_day"] <= row["deadline_day"]
    assert row["paid_minor"] <= PAYMENT_LIMIT_MINOR
    assert all(x["amount_minor"] <= PAYMENT_LIMIT_MINOR for x in fleet.lines("payments.jsonl"))
    cancelled = {record["booking"] for record in fleet.records("cancellations")}
    kept = [one for one in fleet.records("bookings") if one["booking"] not in cancelled]
    assert Counter(one["shipment"] for one in kept)["S01"] == 1


def test_when_suez_closes_the_waiting_payment_is_withdrawn_and_ships_go_around_africa(fleet: Fleet):
    goal = fleet.start(7)
    first = fleet.until_it_waits(goal)
    fleet.close(goal, "suez")
    first.refresh_from_db()
    assert first.state == ApprovalState.WITHDRAWN
    second = fleet.until_it_waits(goal)
    fleet.vote(second, "approver-1", "approve")
    fleet.vote(second, "approver-2", "approve")
    assert fleet.until_it_ends(goal).state == GoalState.COMPLETED
    rows = plan_of(goal)
    for row in rows.values():
        assert "suez" not in row["passages"]
        expected = our_distance(row["from"], row["to"], frozenset({"suez"}))
        assert row["sea_km"] == pytest.approx(expected, abs=0.51)
    untouched = Task.objects.filter(goal=goal, key="route-S11").get()
    assert untouched.state == TaskState.DONE
    assert not Task.objects.filter(goal=goal, key="route-S11-r2").exists()
    rebooked = [x for x in fleet.lines("payments.jsonl") if x["reference"].startswith("Rebooking")]
    assert rebooked
    letters = " ".join(letter["body"] for letter in fleet.records("outbox"))
    assert "Suez Canal being closed" in letters


def test_two_closures_at_once_are_both_answered(fleet: Fleet):
    goal = fleet.start(7)
    fleet.until_it_waits(goal)
    fleet.close(goal, "suez")
    fleet.close(goal, "Rotterdam")
    approval = fleet.until_it_waits(goal)
    fleet.vote(approval, "approver-1", "approve")
    fleet.vote(approval, "approver-2", "approve")
    assert fleet.until_it_ends(goal).state == GoalState.COMPLETED
    row = plan_of(goal)["S01"]
    assert row["to"] != "NLRTM"
    assert "suez" not in row["passages"]
    assert Approval.objects.filter(goal=goal, state=ApprovalState.OPEN).count() == 0


def test_a_declined_detour_without_a_cheaper_one_fails_clearly_and_never_hangs(fleet: Fleet):
    goal = fleet.start(7)
    fleet.until_it_waits(goal)
    fleet.close(goal, "suez")
    fleet.vote(fleet.until_it_waits(goal), "approver-2", "deny")
    assert fleet.until_it_ends(goal).state == GoalState.COMPLETED
    row = plan_of(goal)["S01"]
    assert row["state"] == "dropped"
    assert "declined" in row["reason"]
    assert any("will not travel" in letter["subject"] for letter in fleet.records("outbox"))
