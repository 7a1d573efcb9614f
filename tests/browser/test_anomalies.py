"""Findings in a real browser: the feed, one finding, and what a person does about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from orchestration.models import Finding
from tests.browser.axe import violations
from tests.browser.test_approving import PHONE, sign_in
from tests.integration.console.desk import Desk
from tests.integration.console.test_anomaly_pages import find_a_loop

pytestmark = pytest.mark.browser
DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture
def desk(committed_database: object, tmp_path: Path) -> Desk:
    """Two organisations and their people, on a database that the web server sees."""
    return Desk(tmp_path)


@pytest.fixture
def visit(page: Any, desk: Desk) -> Any:
    """The feed of findings, for an operator who has signed in; its console must stay silent."""
    sign_in(page, desk.operator.username)
    return page


def check_both_widths(visit: Any) -> None:
    """No rule of accessibility is broken, and nothing is wider than the screen."""
    for size in (DESKTOP, PHONE):
        visit.set_viewport_size(size)
        assert violations(visit) == []
        width = visit.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], f"{visit.url} is {width} wide"
    visit.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_loop_is_found_in_the_feed_looked_at_undone_and_resolved(
    visit: Any, desk: Desk, scheme: str
) -> None:
    visit.emulate_media(color_scheme=scheme)
    visit.goto(reverse("anomalies"))
    assert "Nothing unusual" in visit.inner_text("main")
    check_both_widths(visit)
    finding = find_a_loop(desk)
    visit.goto(reverse("anomalies"))
    check_both_widths(visit)
    visit.fill("[name=q]", "nothing-like-this")
    visit.press("[name=q]", "Enter")
    visit.wait_for_url("**q=nothing-like-this**")
    assert "No finding matches" in visit.inner_text("main")
    check_both_widths(visit)
    visit.click("a:has-text('Clear')")
    visit.click("a:has-text('repeats plan')")
    visit.wait_for_url(f"**{reverse('finding', args=[finding.pk])}")
    visit.click("summary:has-text('How the detector decides')")
    visit.click("summary:has-text('Mute until a day')")
    check_both_widths(visit)
    visit.click("button:has-text('Undo')")
    visit.wait_for_selector("text=works at full speed")
    visit.click("button:has-text('Take it')")
    visit.wait_for_selector("text=It is yours now")
    visit.click("summary:text-is('Resolve')")
    visit.fill("form[action$='resolve/'] [name=reason]", "The plan was corrected")
    visit.click("button:has-text('Resolve')")
    visit.wait_for_selector("text=Resolved.")
    check_both_widths(visit)
    assert Finding.objects.get().state == "resolved"
