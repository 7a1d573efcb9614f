"""The frame of every page: theme, palette, keys, navigation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import axe
from tests.browser.shelf import Shelf

pytestmark = pytest.mark.browser


def test_the_frame_reads_well_in_both_themes_and_on_a_phone(sample: Any, scheme: str) -> None:
    sample.emulate_media(color_scheme=scheme)
    sample.goto("/agents")
    assert axe.violations(sample) == []
    sample.set_viewport_size({"width": 390, "height": 844})
    assert axe.violations(sample) == []
    assert sample.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chosen_theme_comes_back_with_the_next_page(sample: Any) -> None:
    sample.emulate_media(color_scheme="light")
    sample.goto("/agents")
    sample.get_by_role("button", name="Use dark theme").click()
    sample.goto("/flow")
    assert sample.locator("html").get_attribute("data-theme") == "dark"
    assert sample.get_by_role("button", name="Use light theme").is_visible()


def test_the_palette_opens_searches_and_goes_where_it_is_told(
    sample: Any, shelf: tuple[Shelf, str]
) -> None:
    sample.goto("/agents")
    sample.keyboard.press("Control+k")
    sample.wait_for_selector("#palette [role=option][aria-selected=true]")
    assert axe.violations(sample) == []
    sample.keyboard.type("flow")
    sample.wait_for_timeout(300)
    assert "/palette?q=flow" in shelf[0].asked
    sample.keyboard.press("ArrowDown")
    sample.keyboard.press("Enter")
    sample.wait_for_url("**/flow")


def test_escape_closes_the_palette_and_leaves_the_page(sample: Any) -> None:
    sample.goto("/agents")
    sample.keyboard.press("Control+k")
    sample.wait_for_selector("#palette[open]")
    sample.keyboard.press("Escape")
    assert not sample.locator("#palette").is_visible()


def test_rows_are_walked_with_j_and_k_and_opened_with_enter(sample: Any) -> None:
    sample.goto("/agents")
    sample.keyboard.press("j")
    sample.keyboard.press("j")
    sample.keyboard.press("k")
    sample.keyboard.press("j")
    assert sample.evaluate("document.activeElement.textContent") == "router"
    sample.keyboard.press("Enter")
    sample.wait_for_url("**/router")


def test_g_and_a_letter_go_to_a_page(sample: Any) -> None:
    sample.goto("/agents")
    sample.keyboard.press("g")
    sample.keyboard.press("f")
    sample.wait_for_url("**/flow")


def test_letters_are_text_while_typing(sample: Any) -> None:
    sample.goto("/agents")
    sample.keyboard.press("/")
    sample.keyboard.type("gfj?")
    assert sample.locator("[data-find]").input_value() == "gfj?"
    assert sample.url.endswith("/agents")


def test_letters_can_be_turned_off_for_good(sample: Any) -> None:
    sample.goto("/agents")
    sample.keyboard.press("?")
    sample.get_by_label("Single letters act as keys").uncheck()
    sample.keyboard.press("Escape")
    sample.reload()
    sample.keyboard.press("?")
    assert not sample.locator("#keys-help").is_visible()


def test_the_first_tab_skips_to_the_content(sample: Any) -> None:
    sample.goto("/agents")
    sample.keyboard.press("Tab")
    assert sample.evaluate("document.activeElement.textContent") == "Skip to content"


def test_every_link_of_the_navigation_works_without_script(browser: Any, shelf: Any) -> None:
    context = browser.new_context(base_url=shelf[1], java_script_enabled=False)
    page = context.new_page()
    page.goto("/agents")
    page.get_by_role("navigation", name="Operate").get_by_role("link", name="Decision").click()
    page.wait_for_url("**/flow")
    assert page.get_by_role("heading", name="Move 12 containers").is_visible()
    context.close()
