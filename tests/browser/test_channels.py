"""Keeping a notification channel in a real browser: wrong at first, then right, then tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from orchestration.models import Channel
from tests.browser.axe import violations
from tests.browser.test_approving import PHONE, sign_in
from tests.integration.console.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(committed_database: object, tmp_path: Path) -> Desk:
    """Two organisations and their people, on a database that the web server sees."""
    return Desk(tmp_path)


@pytest.fixture
def visit(page: Any, desk: Desk) -> Any:
    """The page of the channels, for an approver who has signed in."""
    sign_in(page, desk.first.username)
    page.goto(reverse("channels"))
    return page


def fill(page: Any, destination: str) -> None:
    page.fill("[name=label]", "A channel with a name that goes on and on for no good reason")
    page.select_option("[name=kind]", "webhook")
    page.fill("[name=destination]", destination)
    page.fill("[name=secret]", "file:desk")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wrong_address_is_said_and_a_right_one_is_kept_paused_and_removed(
    visit: Any, scheme: str
) -> None:
    visit.emulate_media(color_scheme=scheme)
    fill(visit, "http://hooks.example.org/")
    visit.click("button:has-text('Add the channel')")
    assert "must begin with https" in visit.inner_text(".form-error")
    assert visit.input_value("[name=secret]") == "file:desk"
    assert violations(visit) == []
    visit.fill("[name=destination]", "https://hooks.example.org/")
    visit.click("button:has-text('Add the channel')")
    visit.wait_for_url("**/settings/channels/*-*/")
    visit.click("button:has-text('Try it')")
    assert "tried the channel" in visit.inner_text("#h-sent >> xpath=../..")
    visit.set_viewport_size(PHONE)
    assert violations(visit) == []
    assert visit.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    visit.click("button:has-text('Pause')")
    assert "News gathers" in visit.inner_text("main")
    visit.click("button:has-text('Remove')")
    visit.wait_for_url("**/settings/channels/")
    assert Channel.objects.get().state == "removed"
    assert "No channel yet" in visit.inner_text("main")
