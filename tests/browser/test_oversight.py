"""The page on oversight in a real browser: both themes, a phone, the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from orchestration.operations.approvals import cast_vote
from tests.browser.axe import violations
from tests.browser.test_approving import PHONE, sign_in
from tests.integration.console.desk import Desk

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_can_be_read_by_everybody(
    page: Any, committed_database: object, tmp_path: Path, scheme: str
) -> None:
    desk = Desk(tmp_path)
    approval = desk.hold_payment()
    cast_vote(
        approval_id=approval.pk,
        person=desk.first,
        verdict="approve",
        reason="looked at it",
        digest=approval.digest,
    )
    page.emulate_media(color_scheme=scheme)
    sign_in(page, desk.first.username)
    page.goto(reverse("approvals"))
    page.click("text=Oversight quality")
    page.wait_for_selector("text=Sooner than read")
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    page.click("summary:has-text('As a table')")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
