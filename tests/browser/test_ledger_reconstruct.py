"""Stepping through a goal's past in a browser: by keys, by the slider, from where it is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from audit.models import Entry
from orchestration.models import Approval
from tests.browser.test_approving import listening, sign_in
from tests.integration.console.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(committed_database: object, tmp_path: Path) -> Desk:
    """Two organisations and their people, on a database that the web server sees."""
    return Desk(tmp_path)


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment that waits for two approvers."""
    return desk.hold_payment()


def place(page: Any) -> int:
    return int(page.inner_text("[data-scrub-said]").split(" ")[0].replace(",", ""))


def wait_for_place(page: Any, number: int) -> None:
    page.wait_for_selector(f"[data-scrub-said]:has-text('{number} of')")


def test_a_goal_is_walked_back_to_its_first_entry_and_forward_by_keys(
    page: Any, approval: Approval
) -> None:
    entries = Entry.objects.filter(goal=approval.goal_id).order_by("id")
    last = entries.count()
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('reconstruct')}?goal={approval.goal_id}")
    wait_for_place(page, last)
    page.keyboard.press("[")
    wait_for_place(page, last - 1)
    assert f"at={entries[last - 2].id}" in page.url
    page.keyboard.press("]")
    wait_for_place(page, last)
    page.click("a[aria-label='First entry']")
    wait_for_place(page, 1)
    assert "goal.opened" in page.inner_text("#h-entry")
    assert page.locator("#h-step").count() == 0, "no step had been taken then"
    page.focus("[data-scrub]")
    page.keyboard.press("End")
    wait_for_place(page, last)
    page.wait_for_selector("#h-approval")
    page.go_back()
    wait_for_place(page, 1)


def test_what_changed_what_differs_now_and_what_was_committed_together_is_told(
    page: Any, desk: Desk, approval: Approval
) -> None:
    held = Entry.objects.get(kind="step.held")
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('reconstruct')}?goal={approval.goal_id}&at={held.id}")
    changed = page.inner_text("section:has(#h-entry)")
    assert "step" in changed
    assert "held" in changed
    assert "were committed at once" in changed
    page.click("text=Go to the last of them")
    page.wait_for_selector("#moment:not(:has-text('were committed at once'))")
    first = Entry.objects.filter(goal=approval.goal_id).order_by("id")[0]
    page.goto(f"{reverse('reconstruct')}?goal={approval.goal_id}&at={first.id}")
    page.click("text=What differs now")
    page.wait_for_selector("#h-since")
    since = page.inner_text("section:has(#h-since)")
    assert "approval" in since
    assert "new" in since


def test_the_past_is_reached_from_the_flow_and_from_an_entry(page: Any, approval: Approval) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, "here-reviewer")
    page.goto(reverse("flow", args=[approval.goal_id]))
    listening(page)
    page.click("a:has-text('Reconstruct')")
    page.wait_for_selector("[data-scrub-said]")
    opened = Entry.objects.get(kind="approval.opened")
    page.goto(f"{reverse('ledger')}?sel={opened.entry_id}")
    listening(page)
    page.click("#entry a:has-text('State then')")
    page.wait_for_selector("#h-entry:has-text('approval.opened')")
    number = Entry.objects.filter(goal=approval.goal_id, id__lte=opened.id).count()
    assert place(page) == number
