"""People deciding held steps in a real browser: by keyboard, by phone, late, and two at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from orchestration.models import Approval
from tests.browser.axe import violations
from tests.integration.console.desk import Desk

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
NOTE_OPEN_SOCKET = """
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("open", () => { document.documentElement.dataset.connected = ""; });
  }
};
"""
"""A browser complains when a page is left while its socket is still opening; people are slower."""


@pytest.fixture
def desk(committed_database: object, tmp_path: Path) -> Desk:
    """Two organisations and their people, on a database that the web server sees."""
    return Desk(tmp_path)


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment that waits for two approvers."""
    return desk.hold_payment()


@pytest.fixture
def second_page(browser: Any, console_server: str) -> Iterator[Any]:
    """The browser of somebody else."""
    context = browser.new_context(base_url=console_server)
    yield context.new_page()
    context.close()


def sign_in(page: Any, name: str) -> None:
    """Sign in with the keyboard; the field of the name has the focus."""
    page.add_init_script(NOTE_OPEN_SOCKET)
    page.goto("/sign-in/")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-connected]", state="attached")


def listening(page: Any) -> None:
    """Wait until the page's script runs and its live connection stands."""
    page.wait_for_selector("html[data-connected]", state="attached")


def decide(page: Any, key: str, reason: str) -> None:
    """With the inbox open: go to the first request and answer it without a mouse."""
    listening(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("main.picked")
    listening(page)
    page.keyboard.press(key)
    assert page.evaluate("document.activeElement.id") == "reason"
    page.keyboard.type(reason)
    page.keyboard.press("Tab")
    if key == "x":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notices")


def said(page: Any) -> str:
    return str(page.inner_text(".notices"))


def test_two_people_approve_by_keyboard_alone_and_the_goal_goes_on(
    page: Any, second_page: Any, desk: Desk, approval: Approval
) -> None:
    for one, name in ((page, "pia"), (second_page, "quinn")):
        sign_in(one, name)
        one.goto("/approvals/")
        decide(one, "a", f"{name} checked the account")
    assert "Approved. The call is decided once more" in said(second_page)
    assert desk.run() == ["done"]
    assert len(desk.paid) == 1
    second_page.reload()
    assert "pia checked the account" in second_page.inner_text("#detail")
    assert "has run" in second_page.inner_text(".dock")


def test_a_denial_by_keyboard_reaches_the_agent(page: Any, desk: Desk, approval: Approval) -> None:
    sign_in(page, "pia")
    page.goto("/approvals/")
    decide(page, "x", "the account is not theirs")
    assert "Denied. The agent is told your reason." in said(page)
    desk.run()
    assert desk.paid == []
    assert "the account is not theirs" in desk.told[0]


def test_a_decision_by_somebody_else_shows_on_the_open_page_and_yours_is_not_taken(
    page: Any, second_page: Any, desk: Desk, approval: Approval
) -> None:
    for one, name in ((page, "pia"), (second_page, "quinn")):
        sign_in(one, name)
        one.goto(f"/approvals/?sel={approval.pk}")
        listening(one)
    second_page.fill("#reason", "not this one")
    second_page.click("button[value=deny]")
    second_page.wait_for_selector(".notices")
    page.wait_for_selector("#detail :text('This was denied by quinn')")
    assert page.locator("button[value=approve]").count() == 0


def test_what_was_typed_outlives_a_refresh_of_the_page(
    page: Any, second_page: Any, desk: Desk, approval: Approval
) -> None:
    for one, name in ((page, "pia"), (second_page, "quinn")):
        sign_in(one, name)
        one.goto(f"/approvals/?sel={approval.pk}")
        listening(one)
    page.fill("#reason", "I am still writing")
    second_page.fill("#reason", "fine by me")
    second_page.click("button[value=approve]")
    page.wait_for_selector("#detail :text('fine by me')")
    assert page.input_value("#reason") == "I am still writing"
    page.click("button[value=approve]")
    page.wait_for_selector(".notices")
    assert "Approved." in said(page)


def test_an_answer_after_the_time_has_run_out_is_refused_in_words(
    page: Any, desk: Desk, approval: Approval
) -> None:
    sign_in(page, "pia")
    page.goto(f"/approvals/?sel={approval.pk}")
    listening(page)
    page.fill("#reason", "just in time")
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    said_by_browser = page.expect_response(lambda answer: answer.request.method == "POST")
    with said_by_browser as answer:
        page.click("button[value=approve]")
    assert answer.value.status == 302
    page.wait_for_selector(".notices")
    assert "The time to decide ran out" in said(page)
    assert Approval.objects.get().state == "expired"


def test_a_phone_shows_the_list_then_the_request_and_takes_the_answer(
    page: Any, desk: Desk, approval: Approval
) -> None:
    page.set_viewport_size(PHONE)
    sign_in(page, "pia")
    page.goto("/approvals/")
    listening(page)
    assert page.locator("#detail").is_hidden()
    page.click(f"#req-{approval.pk} a")
    page.wait_for_selector("#detail", state="visible")
    listening(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    page.fill("#reason", "checked on the way")
    page.click("button[value=approve]")
    page.wait_for_selector(".notices")
    assert "It takes more people" in said(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_break_no_rule_of_accessibility(
    page: Any, desk: Desk, approval: Approval, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page, "otto")
    paths = [
        f"/approvals/?sel={approval.pk}",
        "/approvals/?tab=decided",
        "/parked/",
        "/agents/",
        f"/agents/{approval.agent.slug}/",
        "/policies/",
        "/policies/tests.two-people/",
        "/audit/?q=kind:step.*",
    ]
    broken: dict[str, list[str]] = {}
    for path in paths:
        page.goto(path)
        listening(page)
        broken[path] = violations(page)
    assert broken == {path: [] for path in paths}
