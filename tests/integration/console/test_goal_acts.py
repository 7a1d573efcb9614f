"""Operators start, pause, resume and cancel goals and report events; others are told why not."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from orchestration.blueprints.installing import blueprint_named, install_blueprint, start_goal
from orchestration.models import Approval, Goal, Task
from orchestration.operations.people import grant_role
from orchestration.vocabulary import GoalState, Role
from tests.integration.console.desk import Desk, signed_in

START = {"blueprint": "freight", "template": "restock"}


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.hold_payment()


@pytest.fixture
def operator(desk: Desk) -> Client:
    return signed_in(desk.here[Role.OPERATOR])


@pytest.fixture
def shipper(desk: Desk) -> Client:
    """Somebody who may start freight goals, which live in the unit demo."""
    freight = blueprint_named("freight")
    install_blueprint(freight)
    from orchestration.models import Unit
    from orchestration.operations.changes import SYSTEM

    unit = Unit.objects.get(scope="demo")
    grant_role(person=desk.operator, unit=unit, role=Role.OPERATOR, actor=SYSTEM)
    return signed_in(desk.operator)


def act(goal: Goal, name: str) -> str:
    return reverse("goal-act", args=[goal.pk, name])


def said(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_before_a_goal_is_paused_the_page_says_what_that_does(
    operator: Client, approval: Approval
) -> None:
    page = said(operator.get(act(approval.goal, "pause")))
    assert "stop before their next step" in page
    assert "Pause the goal" in page


def test_pausing_needs_a_reason_and_is_written_to_the_ledger(
    operator: Client, approval: Approval
) -> None:
    goal = approval.goal
    refused = operator.post(act(goal, "pause"), {"reason": " "})
    assert refused.status_code == 422
    assert "This field is required" in said(refused)
    answer = operator.post(act(goal, "pause"), {"reason": "The carrier called"})
    goal.refresh_from_db()
    assert (answer.status_code, goal.state) == (302, GoalState.PAUSED)
    assert Entry.objects.filter(goal=goal.pk, kind="goal.paused").count() == 1


def test_a_paused_goal_goes_on(operator: Client, approval: Approval) -> None:
    goal = approval.goal
    operator.post(act(goal, "pause"), {"reason": "Wait"})
    answer = operator.post(act(goal, "resume"), {}, follow=True)
    goal.refresh_from_db()
    assert goal.state == GoalState.RUNNING
    assert "goes on" in said(answer)


def test_cancelling_withdraws_what_waits(operator: Client, approval: Approval) -> None:
    answer = operator.post(act(approval.goal, "cancel"), {"reason": "Not needed"}, follow=True)
    approval.refresh_from_db()
    assert Goal.objects.get().state == GoalState.CANCELLED
    assert approval.state == "withdrawn"
    assert "is cancelled" in said(answer)


def test_what_is_no_longer_possible_is_said_and_changes_nothing(
    operator: Client, approval: Approval
) -> None:
    goal = approval.goal
    operator.post(act(goal, "cancel"), {"reason": "Not needed"})
    page = said(operator.get(act(goal, "pause")))
    assert "so this is not possible" in page
    assert "Pause the goal" not in page
    answer = operator.post(act(goal, "pause"), {"reason": "Too late"})
    assert answer.status_code == 409
    assert "cancelled" in said(answer)
    assert Goal.objects.get().state == GoalState.CANCELLED


def test_an_operator_of_another_unit_who_may_look_may_not_act(
    desk: Desk, approval: Approval
) -> None:
    from orchestration.operations.changes import SYSTEM

    elsewhere = desk.there[Role.OPERATOR]
    grant_role(person=elsewhere, unit=desk.unit, role=Role.VIEWER, actor=SYSTEM)
    answer = signed_in(elsewhere).post(act(approval.goal, "cancel"), {"reason": "Mine"})
    assert answer.status_code == 403
    assert "role operator or admin in acme" in said(answer)
    assert Goal.objects.get().state == GoalState.RUNNING


def test_only_those_who_may_act_are_offered_to(desk: Desk, approval: Approval) -> None:
    address = reverse("flow", args=[approval.goal_id])
    assert act(approval.goal, "cancel") in said(signed_in(desk.here[Role.OPERATOR]).get(address))
    assert act(approval.goal, "cancel") not in said(signed_in(desk.here[Role.VIEWER]).get(address))


def test_an_act_that_is_none_is_not_found(operator: Client, approval: Approval) -> None:
    assert operator.get(act(approval.goal, "explode")).status_code == 404


def test_the_form_of_a_template_comes_from_its_schema(shipper: Client) -> None:
    page = said(shipper.get(reverse("goal-start", kwargs=START)))
    assert re.search(r'name="shipments" value="14"[^>]* min="6" max="18"', page)
    assert "From 50 to 300." in page
    assert "It may use 4,000 steps and 50.00 spent on tools." in page
    assert "you may not approve its steps" in page


def test_starting_a_goal_leads_to_its_flow(desk: Desk, shipper: Client) -> None:
    chosen = {"seed": 3, "shipments": 6, "budget_percent": 150}
    answer = shipper.post(reverse("goal-start", kwargs=START), chosen)
    goal = Goal.objects.get()
    assert answer.headers["Location"] == reverse("flow", args=[goal.pk])
    assert (goal.requested_by, goal.blueprint, goal.scope) == (desk.operator, "freight", "demo")
    assert Task.objects.get(goal=goal).purpose == Task.Purpose.PLAN
    assert Entry.objects.filter(goal=goal.pk, kind="goal.opened", actor_id=desk.operator.pk)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"shipments": 99}, "less than or equal to 18"),
        ({"shipments": "many"}, "whole number"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"seed": ""}, "required"),
    ],
)
def test_wrong_options_are_said_beside_the_field_and_start_nothing(
    shipper: Client, wrong: dict[str, Any], complaint: str
) -> None:
    chosen = {"seed": 3, "shipments": 6, "budget_percent": 150} | wrong
    answer = shipper.post(reverse("goal-start", kwargs=START), chosen)
    assert answer.status_code == 422
    assert complaint in said(answer)
    assert not Goal.objects.exists()


def test_starting_in_a_unit_where_one_is_no_operator_is_refused(
    shipper: Client, operator: Client
) -> None:
    page = said(operator.get(reverse("goal-start", kwargs=START)))
    assert "needs the role operator or admin in demo" in page
    chosen = {"seed": 3, "shipments": 6, "budget_percent": 150}
    assert operator.post(reverse("goal-start", kwargs=START), chosen).status_code == 403
    assert not Goal.objects.exists()


def test_a_blueprint_that_is_not_installed_is_not_offered_to_start(operator: Client) -> None:
    page = said(operator.get(reverse("goal-new")))
    assert "manage.py blueprint install freight" in page
    assert "Start the goal" not in page


def test_reporting_a_closed_port_plans_anew(desk: Desk, shipper: Client) -> None:
    freight = blueprint_named("freight")
    goal = start_goal(
        freight, freight.goal_templates[0], seed=1, options={}, requested_by=desk.operator
    )
    address = reverse("goal-event", args=[goal.pk, "close"])
    assert "Which port or passage is closed?" in said(shipper.get(address))
    refused = shipper.post(address, {"choice": "Atlantis"})
    assert refused.status_code == 422
    assert Task.objects.filter(goal=goal).count() == 1
    answer = shipper.post(address, {"choice": "suez"}, follow=True)
    assert "Reported" in said(answer)
    assert Task.objects.filter(goal=goal, purpose=Task.Purpose.PLAN).count() == 2
    assert Entry.objects.filter(goal=goal.pk, kind="board.posted", actor_id=desk.operator.pk)
