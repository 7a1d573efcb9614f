"""The approvals inbox: the story it shows, and what becomes of each answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orchestration.models import Approval, Person
from orchestration.operations import people
from orchestration.operations.changes import SYSTEM
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in

MOST_QUERIES = 45


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment that waits for two approvers."""
    return desk.hold_payment()


def answer(person: Person, approval: Approval, decision: str = "approve", **more: str) -> Any:
    said = {"decision": decision, "reason": "checked", "digest": approval.digest} | more
    address = reverse("approval-answer", args=[approval.pk])
    return signed_in(person).post(address, said, follow=True)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def state(approval: Approval) -> str:
    return str(Approval.objects.get(pk=approval.pk).state)


def test_the_whole_story_is_on_the_page(desk: Desk, approval: Approval) -> None:
    page = text_of(signed_in(desk.first).get(f"/approvals/?sel={approval.pk}"))
    for said in (
        "12,400.00 USD",
        "Northwind",
        "tests.two-people",
        "the amount 1240000 is over 1000",
        "two people with the role approver",
        "0 of 2",
        "Nothing was done, so nothing has to be undone.",
        approval.digest,
        "<b>ada</b>",
    ):
        assert said in page, said


def test_two_different_people_let_the_call_run_once(desk: Desk, approval: Approval) -> None:
    assert "It takes more people" in text_of(answer(desk.first, approval))
    assert desk.run() == []
    assert "Approved. The call is decided once more" in text_of(answer(desk.second, approval))
    desk.run()
    assert len(desk.paid) == 1
    assert state(approval) == "consumed"


def test_a_denial_ends_it_and_the_agent_reads_why(desk: Desk, approval: Approval) -> None:
    assert "Denied. The agent is told" in text_of(
        answer(desk.first, approval, "deny", reason="wrong account")
    )
    desk.run()
    assert desk.paid == []
    assert "wrong account" in desk.told[0]


def test_clicking_twice_counts_once_and_says_so(desk: Desk, approval: Approval) -> None:
    answer(desk.first, approval)
    again = answer(desk.first, approval)
    assert "You have answered already; your answer counts once." in text_of(again)
    assert approval.votes.count() == 1


def test_who_comes_second_sees_who_was_first(desk: Desk, approval: Approval) -> None:
    answer(desk.first, approval, "deny")
    late = answer(desk.second, approval)
    assert "This was denied by pia" in text_of(late)
    assert "Your answer was not recorded." in text_of(late)


def test_after_its_time_it_is_denied_and_the_page_says_so(desk: Desk, approval: Approval) -> None:
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    late = answer(desk.first, approval)
    assert "The time to decide ran out" in text_of(late)
    assert state(approval) == "expired"


def test_a_call_other_than_the_one_shown_is_not_approved(desk: Desk, approval: Approval) -> None:
    changed = answer(desk.first, approval, digest="0" * 64)
    assert "The call changed after you opened this page." in text_of(changed)
    assert not approval.votes.exists()


def test_the_goals_owner_is_told_why_not_and_cannot_answer(desk: Desk, approval: Approval) -> None:
    people.grant_role(person=desk.asker, unit=desk.unit, role=Role.APPROVER, actor=SYSTEM)
    page = text_of(signed_in(desk.asker).get(f"/approvals/?sel={approval.pk}"))
    assert "You asked for this goal; someone else must decide." in page
    assert 'name="decision"' not in page
    refused = answer(desk.asker, approval)
    assert "You asked for this goal" in text_of(refused)
    assert state(approval) == "open"


def test_without_the_role_one_may_look_and_is_told_what_it_takes(
    desk: Desk, approval: Approval
) -> None:
    page = text_of(signed_in(desk.here[Role.VIEWER]).get(f"/approvals/?sel={approval.pk}"))
    assert "This needs the role approver in acme." in page
    assert "This needs the role approver in acme." in text_of(answer(desk.operator, approval))
    assert answer(desk.here[Role.VIEWER], approval).status_code == 403
    assert not approval.votes.exists()


def test_a_denial_and_an_approval_of_high_risk_need_a_reason(
    desk: Desk, approval: Approval
) -> None:
    for decision in ("approve", "deny"):
        refused = answer(desk.first, approval, decision, reason="")
        assert "Say why" in text_of(refused)
    assert not approval.votes.exists()


def test_an_unknown_request_and_one_of_another_unit_are_both_not_found(
    desk: Desk, approval: Approval
) -> None:
    there = signed_in(desk.there[Role.APPROVER])
    assert there.get(f"/approvals/?sel={approval.pk}").status_code == 404
    assert there.get(f"/approvals/?sel={desk.unit.pk}").status_code == 404
    assert there.get("/approvals/?sel=nonsense").status_code == 404


def test_what_was_decided_is_under_its_tab(desk: Desk, approval: Approval) -> None:
    answer(desk.first, approval, "deny")
    client = signed_in(desk.second)
    assert "Nothing waits for a person" in text_of(client.get("/approvals/"))
    assert str(approval.pk) in text_of(client.get("/approvals/?tab=decided"))


def many(approval: Approval, count: int) -> None:
    """More open requests like this one, each for a step of its own."""
    from audit.identifiers import new_id
    from orchestration.models import Step

    step = approval.step
    steps, asked = [], []
    for at in range(count):
        step.pk, step.ordinal, step._state.adding = new_id(), 1000 + at, True
        steps.append(Step(**{f.attname: getattr(step, f.attname) for f in Step._meta.fields}))
        approval.pk, approval.step_id = new_id(), step.pk
        approval.risk = ("low", "medium", "high")[at % 3]
        fields = {f.attname: getattr(approval, f.attname) for f in Approval._meta.fields}
        asked.append(Approval(**fields))
    Step.objects.bulk_create(steps, batch_size=1000)
    Approval.objects.bulk_create(asked, batch_size=1000)


def test_a_long_inbox_takes_no_more_queries_than_a_short_one(
    desk: Desk, approval: Approval
) -> None:
    client = signed_in(desk.first)
    client.get("/approvals/")
    with CaptureQueriesContext(connection) as short:
        client.get("/approvals/")
    many(approval, 120)
    with CaptureQueriesContext(connection) as long:
        page = text_of(client.get("/approvals/"))
    assert len(long) <= len(short) + 3
    assert len(long) <= MOST_QUERIES
    assert page.index("High risk") < page.index("Medium risk")
