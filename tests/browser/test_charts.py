"""The panels of an agent: lines with one cursor, and the same numbers as a table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import axe

pytestmark = pytest.mark.browser


def values(page: Any) -> list[str]:
    return [value.inner_text() for value in page.locator("[data-chart-value]").all()]


def test_the_panels_read_well_in_both_themes(sample: Any, scheme: str) -> None:
    sample.emulate_media(color_scheme=scheme)
    sample.goto("/agent")
    sample.wait_for_selector(".uplot")
    assert axe.violations(sample) == []


def test_all_panels_tell_the_minute_under_one_cursor(sample: Any) -> None:
    sample.goto("/agent")
    over = sample.locator(".plot .u-over").first
    box = over.bounding_box()
    sample.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20)
    assert values(sample) == ["2", "1"]
    sample.mouse.move(box["x"] + 1, box["y"] + 20)
    assert values(sample) == ["1", "2"]
    sample.mouse.move(5, 5)
    assert values(sample) == ["1.0", "1.0"]


def test_the_same_numbers_stand_in_a_table(sample: Any) -> None:
    sample.goto("/agent")
    sample.get_by_text("Data table").click()
    rows = sample.locator("#service tbody tr")
    assert rows.count() == 60
    assert rows.first.inner_text().split() == ["0", "2", "1"]


def test_a_chosen_theme_draws_the_lines_anew(sample: Any) -> None:
    sample.emulate_media(color_scheme="light")
    sample.goto("/agent")
    pixels = "document.querySelector('.plot canvas').toDataURL()"
    before = sample.evaluate(pixels)
    sample.get_by_role("button", name="Use dark theme").click()
    sample.wait_for_function(f"(before) => {pixels} !== before", arg=before)


def test_without_script_the_server_s_lines_are_there(browser: Any, shelf: Any) -> None:
    context = browser.new_context(base_url=shelf[1], java_script_enabled=False)
    page = context.new_page()
    page.goto("/agent")
    assert page.locator(".panel svg path").first.is_visible()
    context.close()
