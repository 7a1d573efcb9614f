"""The operator's screens in a real browser: whole, accessible, by keyboard, and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from orchestration.models import Approval, Goal
from tests.browser.axe import violations
from tests.browser.test_approving import PHONE, listening, sign_in
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


def screens(approval: Approval) -> list[str]:
    flow, step = reverse("flow", args=[approval.goal_id]), approval.step_id
    return [
        reverse("overview"),
        reverse("flows"),
        f"{flow}?step={step}",
        f"{flow}?as=tree&step={step}",
        f"{flow}?as=timeline",
        f"{flow}?as=log&step={step}",
        reverse("decision", args=[step]),
        reverse("task", args=[approval.task_id]),
        reverse("goal-new"),
        reverse("goal-act", args=[approval.goal_id, "cancel"]),
        f"{reverse('halts')}?what=goal:{approval.goal_id}",
        f"{reverse('palette')}?q=goal",
    ]


def too_wide(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_accessible_in_both_widths_and_scrolls_only_down(
    page: Any, approval: Approval, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page, "otto")
    faults: list[str] = []
    for address in screens(approval):
        for size in ({"width": 1440, "height": 900}, PHONE):
            page.set_viewport_size(size)
            page.goto(address)
            faults += [f"{address} {size['width']}: {fault}" for fault in violations(page)]
            if too_wide(page):
                faults.append(f"{address} {size['width']}: scrolls sideways")
    assert faults == []


def test_the_palette_opens_by_keyboard_finds_a_goal_and_leads_there(
    page: Any, approval: Approval
) -> None:
    Goal.objects.filter(pk=approval.goal_id).update(title="Ship cocoa")
    sign_in(page, "otto")
    listening(page)
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-list [role=option]")
    page.keyboard.type("cocoa")
    only_goals = "#palette-list:not(:has([href='/flows/']))"
    page.wait_for_selector(f"{only_goals} [role=option]:has-text('Ship cocoa')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/flows/{approval.goal_id}/**")
    assert page.inner_text("h1") == "Ship cocoa"


def test_choosing_a_card_shows_its_reasons_and_puts_it_into_the_address(
    page: Any, approval: Approval
) -> None:
    sign_in(page, "otto")
    page.goto(reverse("flow", args=[approval.goal_id]))
    page.click(f'.nd[data-id="{approval.step_id}"]')
    page.wait_for_selector("#inspector >> text=tests.two-people/pay")
    assert str(approval.step_id) in page.url
    page.reload()
    assert "12,400.00 USD" in page.inner_text("#inspector")


def test_an_operator_starts_halts_and_cancels_without_a_mouse(
    page: Any, desk: Desk, approval: Approval
) -> None:
    sign_in(page, "otto")
    page.goto(reverse("goal-act", args=[approval.goal_id, "cancel"]))
    page.focus("textarea[name=reason]")
    page.keyboard.type("The order was withdrawn")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notices >> text=is cancelled")
    assert "Cancelled" in page.inner_text("#strip")


def test_without_script_the_screens_still_say_everything(
    browser: Any, console_server: str, approval: Approval
) -> None:
    context = browser.new_context(base_url=console_server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("input[name=username]", "otto")
    page.fill("input[name=password]", "x")
    page.click("button[type=submit]")
    page.goto(reverse("flow", args=[approval.goal_id]) + f"?as=tree&step={approval.step_id}")
    assert "tests.two-people/pay" in page.inner_text("#inspector")
    page.click("text=Log")
    assert "payment" in page.inner_text("main").lower()
    page.goto(reverse("halts"))
    page.select_option("select[name=what]", "unit:acme")
    page.click("text=See what it would stop")
    assert "stop before their next step" in page.inner_text("main")
    context.close()
