"""A reviewer searches the ledger in a browser: by keyboard, by dragging, live, and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from orchestration.models import SavedView
from orchestration.operations import saved_views
from orchestration.vocabulary import Role
from tests.browser.axe import violations
from tests.browser.sealed import SealedConsole, rows
from tests.browser.test_approving import PHONE, listening, sign_in
from tests.browser.test_flow_screens import too_wide
from tests.machinery.databases import Database
from tests.machinery.programs import Programs

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def console(committed_database: Database, programs: Programs, tmp_path: Path) -> SealedConsole:
    """A payment that is held, in a sealed ledger."""
    return SealedConsole(committed_database, programs, tmp_path)


def screens(console: SealedConsole) -> list[str]:
    goal, entry = console.approval.goal_id, console.opened
    view = saved_views.save_view(
        person=console.desk.here[Role.REVIEWER], label="Every payment", query="q=kind:step.*"
    )
    audit, past = reverse("ledger"), reverse("reconstruct")
    return [
        audit,
        f"{audit}?q=kind:step.*&sel={entry.entry_id}&verify=1",
        f"{audit}?facet=kind&tz=Asia/Tokyo",
        f"{audit}?q=colour:red",
        f"{audit}?q=nothing-says-this",
        reverse("view", args=[view.pk]),
        reverse("verify"),
        past,
        f"{past}?goal={goal}&at={entry.id}&diff=now",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_of_the_reviewer_is_accessible_and_scrolls_only_down(
    page: Any, console: SealedConsole, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page, "here-reviewer")
    faults: list[str] = []
    for address in screens(console):
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            page.goto(address)
            faults += [f"{address} {size['width']}: {fault}" for fault in violations(page)]
            if too_wide(page):
                faults.append(f"{address} {size['width']}: scrolls sideways")
    assert faults == []


def complete(page: Any, typed: str, insert: str, key: str) -> None:
    """Type a part of a word, move to what it may become, and take it."""
    page.keyboard.type(typed)
    page.wait_for_selector(f"#suggestions [role=option][data-insert='{insert}']")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#suggestions [aria-selected=true]")
    page.keyboard.press(key)


def test_a_search_is_completed_sent_walked_and_left_without_a_mouse(
    page: Any, console: SealedConsole
) -> None:
    page.set_viewport_size(WIDE)
    sign_in(page, "here-reviewer")
    page.goto(reverse("ledger"))
    listening(page)
    page.keyboard.press("/")
    complete(page, "kin", "kind:", "Enter")
    complete(page, "appro", "kind:approval.*", "Tab")
    assert page.input_value("[data-complete]") == "kind:approval.* "
    page.keyboard.press("Enter")
    page.wait_for_url("**q=kind**")
    listening(page)
    assert rows(page) == ["approval.opened"]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#entry h2:has-text('approval.opened')")
    assert "sel=" in page.url
    assert page.locator("#entries tr.sel").count() == 1
    listening(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#entry:has-text('Select an entry')")
    listening(page)
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.name") == "q"


def test_a_search_that_is_not_understood_is_marked_where_it_goes_wrong(
    page: Any, console: SealedConsole
) -> None:
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('ledger')}?q=kind:step.*+decisoin:hold")
    assert page.inner_text("#problems mark") == "decisoin"
    assert "did you mean decision:?" in page.inner_text("#problems")
    assert page.input_value("[data-complete]") == "kind:step.* decisoin:hold"
    assert page.get_attribute("[data-complete]", "aria-invalid") == "true"


def matching(page: Any) -> int:
    return int(page.inner_text("#strip header b").replace(",", ""))


def test_the_strip_zooms_by_dragging_and_by_keys_and_the_address_tells_it(
    page: Any, console: SealedConsole
) -> None:
    page.set_viewport_size(WIDE)
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('ledger')}?q=-kind:ledger.*")
    listening(page)
    everything = matching(page)
    box = page.locator("[data-strip] svg.chart >> visible=true").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.99, box["y"] + 30, steps=4)
    assert page.locator("[data-brush]").is_visible()
    page.mouse.up()
    page.wait_for_url("**after**")
    listening(page)
    assert "-kind:ledger.*" in page.inner_text("form .qs").replace("\n", "")
    assert 0 < matching(page) < everything
    page.click(".zooms >> text=All time")
    page.wait_for_selector(f"#strip header b:text-is('{everything:,}')")
    listening(page)
    page.focus("[data-edge=first]")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("[data-edge=first]", "aria-valuenow") == "1"
    assert "Enter zooms in" in page.inner_text("[data-strip-said]")
    page.keyboard.press("Enter")
    page.wait_for_url("**after**")
    assert matching(page) <= everything


def test_a_search_is_kept_under_a_name_renamed_and_removed(
    page: Any, console: SealedConsole
) -> None:
    page.set_viewport_size(WIDE)
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('ledger')}?q=kind:approval.*&tz=Asia/Tokyo")
    listening(page)
    page.click("summary:has-text('Views')")
    page.fill("#view-label", "What people were asked")
    page.select_option("#view-unit", "acme")
    page.click("text=Save view")
    page.wait_for_selector(".notices >> text=is saved")
    assert rows(page) == ["approval.opened"]
    listening(page)
    page.click("summary:has-text('Views')")
    page.click("a[aria-label='Rename or remove What people were asked']")
    page.wait_for_selector("h2:has-text('Saved view')")
    page.fill("[name=label]", "Asked")
    page.click("button:has-text('Rename')")
    page.wait_for_selector(".notices >> text=is called “Asked” now")
    view = SavedView.objects.get()
    assert (view.label, view.scope, view.shared) == ("Asked", "acme", True)
    assert "kind" in view.query
    assert "tz=Asia" in view.query
    page.goto(reverse("view", args=[view.pk]))
    page.click("button:has-text('Remove')")
    page.wait_for_selector(".notices >> text=is removed")
    listening(page)


def test_while_paused_nothing_moves_and_what_came_in_is_counted_and_shown_on_demand(
    page: Any, console: SealedConsole
) -> None:
    page.set_viewport_size(WIDE)
    sign_in(page, "here-reviewer")
    page.goto(f"{reverse('ledger')}?q=kind:agent.registered")
    listening(page)
    before = rows(page)
    page.keyboard.press("l")
    page.wait_for_selector("[data-live-switch]:has-text('Paused')")
    for _ in range(3):
        console.desk.agent(lambda task: {})
    page.wait_for_selector("#newer button:has-text('3 new entries match')")
    assert rows(page) == before
    page.click("#newer button")
    page.wait_for_function(
        "n => document.querySelectorAll('#entries td.kd').length === n", arg=len(before) + 3
    )
    page.wait_for_selector("[data-live-switch]:has-text('Live')")
    page.mouse.move(700, 10)
    page.wait_for_function("!document.querySelector('#entries tr.wait')")


def test_without_script_an_entry_is_found_and_checked_by_the_server(
    browser: Any, console_server: str, console: SealedConsole
) -> None:
    context = browser.new_context(base_url=console_server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("input[name=username]", "here-reviewer")
    page.fill("input[name=password]", "x")
    page.click("button[type=submit]")
    page.goto(f"{reverse('ledger')}?q=kind:approval.*")
    page.click("#entries td.kd a")
    page.click("text=Verify >> visible=true >> nth=-1")
    text = page.inner_text("[data-verdict]")
    assert "Nothing wrong, says the server" in text
    assert "All 22 columns equal the body" in text
    context.close()
