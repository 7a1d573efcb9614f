"""A halt is ordered after a dry run, stops what it names before the next step, and is released."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from orchestration.models import Goal, Halt, Step
from orchestration.vocabulary import Role
from tests.integration.console.crowd import Size, fill
from tests.integration.console.desk import Desk, signed_in


@pytest.fixture
def operator(desk: Desk) -> Client:
    return signed_in(desk.here[Role.OPERATOR])


def said(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def working(desk: Desk) -> Goal:
    """A goal whose agent is ready to work."""
    desk.worker = desk.agent(lambda task: task.post("done", True))
    return desk.goal()


def order(client: Client, what: str, reason: str = "It behaves oddly") -> Any:
    return client.post(reverse("halt-order"), {"what": what, "reason": reason}, follow=True)


def test_the_dry_run_counts_what_would_stop(desk: Desk, operator: Client) -> None:
    working(desk)
    page = said(operator.get(reverse("halts"), {"what": "unit:acme"}))
    assert "0 attempts of acme (acme) under way stop" in page
    assert "1 task of 1 goal wait" in page or "0 tasks of 0 goals wait" in page
    assert "Halt acme (acme)" in page
    assert not Halt.objects.exists()


@pytest.mark.parametrize("kind", ["agent", "goal", "unit"])
def test_nothing_starts_while_the_halt_stands_and_everything_goes_on_after_it(
    desk: Desk, operator: Client, kind: str
) -> None:
    goal = working(desk)
    subject = {"agent": desk.worker.slug, "goal": str(goal.pk), "unit": "acme"}[kind]
    assert "is halted" in said(order(operator, f"{kind}:{subject}"))
    desk.run()
    assert not Step.objects.exists()
    halt = Halt.objects.get()
    answer = operator.post(reverse("halt-release", args=[halt.pk]), follow=True)
    assert "released" in said(answer)
    desk.run()
    assert Step.objects.filter(goal=goal, act="board.post", state="done").exists()
    kinds = Entry.objects.filter(subject_id=str(halt.pk)).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["halt.ordered", "halt.released"]


def test_a_halt_needs_a_reason(desk: Desk, operator: Client) -> None:
    answer = operator.post(reverse("halt-order"), {"what": "unit:acme", "reason": ""})
    assert answer.status_code == 422
    assert "This field is required" in said(answer)
    assert not Halt.objects.exists()


@pytest.mark.parametrize("what", ["unit:umbra", "everything:", "agent:nobody", "nonsense", ""])
def test_what_is_not_in_ones_hands_can_not_be_halted(operator: Client, what: str) -> None:
    answer = operator.post(reverse("halt-order"), {"what": what, "reason": "Because"})
    assert answer.status_code == 422
    assert not Halt.objects.exists()


def test_a_halt_that_was_released_already_is_said_to_be(desk: Desk, operator: Client) -> None:
    order(operator, "unit:acme")
    address = reverse("halt-release", args=[Halt.objects.get().pk])
    operator.post(address)
    answer = operator.post(address)
    assert answer.status_code == 409
    assert "released already" in said(answer)


def test_standing_halts_are_seen_in_their_unit_only(desk: Desk, operator: Client) -> None:
    order(operator, "unit:acme", "A leak in the depot")
    here = said(signed_in(desk.here[Role.VIEWER]).get(reverse("halts")))
    there = said(signed_in(desk.there[Role.ADMIN]).get(reverse("halts")))
    assert "A leak in the depot" in here
    assert "Release" not in here
    assert "A leak in the depot" not in there


def test_the_choices_are_what_the_person_may_stop(desk: Desk, operator: Client) -> None:
    fill(desk.unit, None, Size(agents=2, goals=1, steps=10))
    page = said(operator.get(reverse("halts")))
    assert "Agent 0" in page
    assert "Crowded goal 0" in page
    assert "umbra" not in page
    assert "Stopping needs the role" in said(
        signed_in(desk.here[Role.VIEWER]).get(reverse("halts"))
    )
