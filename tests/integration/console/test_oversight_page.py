"""The page on oversight counts real answers, and shows people of one's own units only."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from orchestration.models import Person
from orchestration.operations.approvals import cast_vote
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in


def page(person: Person, days: str = "7") -> Any:
    return signed_in(person).get(reverse("oversight"), {"days": days}).content.decode()


def decided(desk: Desk) -> None:
    approval = desk.hold_payment()
    for person, verdict in ((desk.first, "approve"), (desk.second, "deny")):
        cast_vote(
            approval_id=approval.pk,
            person=person,
            verdict=verdict,
            reason="looked at it",
            digest=approval.digest,
        )


def test_a_reviewer_sees_how_people_of_their_unit_decide(desk: Desk) -> None:
    decided(desk)
    shown = page(desk.here[Role.REVIEWER])
    for name in (str(desk.first), str(desk.second)):
        assert f'<th scope="row">{name}' in shown


def test_an_approver_sees_only_themselves(desk: Desk) -> None:
    decided(desk)
    shown = page(desk.first)
    assert f'<th scope="row">{desk.first}' in shown
    assert f'<th scope="row">{desk.second}' not in shown
    assert "You see your own answers" in shown


def test_another_units_reviewer_sees_nothing_of_it(desk: Desk) -> None:
    decided(desk)
    shown = page(desk.there[Role.REVIEWER])
    assert "No answers in this time" in shown
    assert str(desk.first) not in shown


def test_a_window_that_does_not_exist_is_the_usual_one(desk: Desk) -> None:
    assert 'href="?days=30" aria-current="true"' in page(desk.first, "9999")
