"""Parked work: what stopped, what is not known about it, and what a person decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from orchestration.models import Approval, Person, Task
from orchestration.operations import approvals
from orchestration.vocabulary import Role
from tests.integration.console.desk import HOLD, Desk, signed_in
from tests.integration.orchestration.world import tool_that


class Unsure:
    """A payment tool that breaks off the first time, and the task that waits for a person."""

    def __init__(self, desk: Desk) -> None:
        self.calls = 0
        self.got: list[Any] = []
        unsure = self

        def pay(call: Any) -> Any:
            unsure.calls += 1
            if unsure.calls == 1:
                raise RuntimeError("the line went dead")
            return {"receipt": unsure.calls}

        name = tool_that(pay, effect="irreversible", idempotent=False)

        def run(task: Any) -> Any:
            unsure.got.append(task.call(name, payee="Northwind", api_token="sk-123456"))
            return {"paid": True}

        desk.agent(run, grants=(name,), risk_class="medium")
        desk.goal()
        desk.run()
        self.task = Task.objects.get(state="parked")


@pytest.fixture
def unsure(desk: Desk) -> Unsure:
    return Unsure(desk)


def resolve(person: Person, task: Task, resolution: str, **more: str) -> Any:
    said = {"resolution": resolution, "reason": "looked it up"} | more
    address = reverse("parked-act", args=[task.pk])
    return signed_in(person).post(address, said, follow=True)


def page(person: Person) -> str:
    return " ".join(signed_in(person).get("/parked/").content.decode().split())


def test_an_unknown_outcome_is_shown_with_its_call_and_its_secrets_masked(
    desk: Desk, unsure: Unsure
) -> None:
    shown = page(desk.operator)
    assert "Outcome unknown" in shown
    assert "the line went dead" in shown
    assert "Northwind" in shown
    assert "sk-123456" not in shown
    assert "It did not happen" in shown


def test_what_happened_is_recorded_and_the_task_goes_on_after_it(
    desk: Desk, unsure: Unsure
) -> None:
    answer = resolve(desk.operator, unsure.task, "happened", outcome='{"receipt": "by phone"}')
    assert b"The task goes on after that step." in answer.content
    desk.run()
    assert (unsure.calls, unsure.got) == (1, [{"receipt": "by phone"}])
    assert "Nothing is parked" in page(desk.operator)


def test_what_did_not_happen_is_done_once_more(desk: Desk, unsure: Unsure) -> None:
    resolve(desk.operator, unsure.task, "did-not")
    desk.run()
    assert (unsure.calls, unsure.got) == (2, [{"receipt": 2}])


def test_an_outcome_that_is_no_json_is_refused_and_nothing_changes(
    desk: Desk, unsure: Unsure
) -> None:
    answer = resolve(desk.operator, unsure.task, "happened", outcome="{receipt")
    assert answer.status_code == 422
    assert b"The outcome is not JSON" in answer.content
    assert Task.objects.get(pk=unsure.task.pk).state == "parked"


def test_of_two_people_the_second_is_told_that_it_was_seen_to(desk: Desk, unsure: Unsure) -> None:
    resolve(desk.operator, unsure.task, "did-not")
    late = resolve(desk.asker, unsure.task, "give-up")
    assert late.status_code == 409
    assert b"somebody else has seen to it" in late.content


def test_who_may_not_decide_sees_the_work_and_why_not(desk: Desk, unsure: Unsure) -> None:
    shown = page(desk.here[Role.VIEWER])
    assert unsure.task.title in shown
    assert "Deciding this needs the role operator or admin in acme." in shown
    assert 'name="resolution"' not in shown
    assert resolve(desk.here[Role.VIEWER], unsure.task, "give-up").status_code == 403


def test_work_that_nobody_is_able_to_do_is_offered_again(desk: Desk) -> None:
    desk.goal(planner="dowsing")
    desk.run()
    task = Task.objects.get(state="parked")
    assert "No active agent has the capability it needs." in page(desk.operator)
    desk.agent(lambda task: {"water": True}, capability="dowsing")
    resolve(desk.operator, task, "retry")
    desk.run()
    assert Task.objects.get(pk=task.pk).state == "done"


def test_a_task_that_diverged_shows_both_calls(desk: Desk) -> None:
    asked = {"amount_minor": 5000}
    name = tool_that(lambda call: {}, effect="irreversible", idempotent=False)
    desk.policy(HOLD)
    desk.agent(lambda task: task.call(name, **asked), grants=(name,), risk_class="medium")
    desk.goal()
    desk.run()
    approval = Approval.objects.get()
    asked["amount_minor"] = 9000
    for person in (desk.first, desk.second):
        approvals.cast_vote(
            approval_id=approval.pk,
            person=person,
            verdict="approve",
            reason="",
            digest=approval.digest,
        )
    desk.run()
    shown = page(desk.operator)
    assert "The call recorded before" in shown
    assert "The call made now" in shown
    assert "5000" in shown
