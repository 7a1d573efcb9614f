"""Policies: those in force, and one read beside its source with its tests run while one looks."""

from __future__ import annotations

import pytest

from orchestration.models import Approval, Bundle
from orchestration.vocabulary import Role
from tests.integration.console.desk import HOLD, Desk, signed_in


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment held by a policy of its own."""
    return desk.hold_payment()


def page(desk: Desk, path: str) -> str:
    return " ".join(signed_in(desk.here[Role.VIEWER]).get(path).content.decode().split())


def test_the_bundle_in_force_is_named_and_its_policies_are_found_by_words(
    desk: Desk, approval: Approval
) -> None:
    active = Bundle.objects.get(state="active")
    shown = page(desk, "/policies/")
    assert f"revision {active.number}" in shown
    assert active.hash[:16] in shown
    narrowed = page(desk, "/policies/?q=two-people+tool.call")
    assert "tests.two-people" in narrowed
    assert "baseline.money" not in narrowed
    assert "No policy matches" in page(desk, "/policies/?q=nothing-like-it")


def test_a_policy_is_read_beside_its_source_with_the_steps_it_held(
    desk: Desk, approval: Approval
) -> None:
    shown = page(desk, "/policies/tests.two-people/")
    assert "the step waits for 2 different people with the role approver" in shown
    assert "1 of 1 pass" in shown
    assert approval.step.target in shown


def test_a_test_that_fails_is_shown_failing(desk: Desk) -> None:
    desk.policy(HOLD.replace("expect: nothing", "expect: deny"))
    shown = page(desk, "/policies/tests.two-people/")
    assert "0 of 1 pass" in shown


def test_a_policy_that_is_not_there_is_not_found(desk: Desk) -> None:
    client = signed_in(desk.here[Role.ADMIN])
    assert client.get("/policies/no.such.policy/").status_code == 404
