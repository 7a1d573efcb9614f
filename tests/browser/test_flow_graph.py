"""The decision flow drawn as lanes: what a person can see, reach and replay in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import axe, samples

pytestmark = pytest.mark.browser

POSITIONS = """() => Object.fromEntries(
  [...document.querySelector("[data-flow]").flow.layout.placed]
  .map(([id, spot]) => [id, `${spot.x},${spot.y}`]))"""
VISIBLE = "() => document.querySelectorAll('.nd').length"
KNOWN = "() => document.querySelector('[data-flow]').flow.layout.placed.size"
PLACE = "document.querySelector('[data-stage]').scrollLeft"
SEND = """flow => document.dispatchEvent(
  new CustomEvent("live:message", {detail: {flow}}))"""


def opened(page: Any, address: str = "/flow") -> Any:
    page.goto(address)
    page.wait_for_selector(".nd")
    return page


def test_a_flow_reads_well_in_both_themes_and_on_a_phone(sample: Any, scheme: str) -> None:
    sample.emulate_media(color_scheme=scheme)
    assert axe.violations(opened(sample)) == []
    sample.set_viewport_size({"width": 390, "height": 844})
    assert axe.violations(opened(sample)) == []
    assert sample.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_step_that_arrives_is_drawn_and_moves_none_of_the_others(sample: Any) -> None:
    opened(sample)
    before = sample.evaluate(POSITIONS)
    longer = samples.flow(25)
    sample.evaluate(SEND, {"nodes": longer["nodes"][24:], "edges": longer["edges"][-1:]})
    after = sample.evaluate(POSITIONS)
    assert after.keys() - before.keys() == {"s24"}
    assert before.items() <= after.items()


def at_rest(sample: Any) -> int:
    """Where the stage stands once it has stopped scrolling."""
    before, place = -1, int(sample.evaluate(PLACE))
    while place != before:
        sample.wait_for_timeout(150)
        before, place = place, int(sample.evaluate(PLACE))
    return place


def test_following_keeps_now_in_view_until_the_person_moves_away(sample: Any) -> None:
    opened(sample)
    follow = sample.locator("[data-follow]")
    assert follow.get_attribute("aria-pressed") == "true"
    sample.locator("[data-stage]").hover()
    sample.mouse.wheel(-400, 0)
    sample.wait_for_selector("[data-follow][aria-pressed=false]")
    place = at_rest(sample)
    longer = samples.flow(60)
    sample.evaluate(SEND, {"nodes": longer["nodes"][24:], "edges": longer["edges"][23:]})
    assert int(sample.evaluate(PLACE)) == place
    follow.click()
    sample.wait_for_selector("[data-id=s59]")


def test_arrows_walk_along_edges_and_enter_selects(sample: Any) -> None:
    opened(sample, "/flow?step=s4")
    sample.locator("[data-id=s4]").focus()
    sample.keyboard.press("ArrowRight")
    focused = "document.activeElement.dataset.id"
    assert sample.evaluate(focused) == "s8"
    sample.keyboard.press("ArrowLeft")
    assert sample.evaluate(focused) == "s4"
    sample.keyboard.press("ArrowDown")
    assert sample.evaluate(focused) == "s1"
    sample.keyboard.press("Enter")
    sample.wait_for_selector("#inspector h2:has-text('Search routes')")
    assert "step=s1" in sample.url


def test_the_picture_has_one_tab_stop(sample: Any) -> None:
    opened(sample)
    assert sample.locator(".nd[tabindex='0']").count() == 1


def test_dragging_back_in_time_shows_only_what_was_known_then(sample: Any) -> None:
    opened(sample, "/ended")
    sample.locator("[data-scrub-range]").evaluate(
        "(range) => { range.value = 500; range.dispatchEvent(new Event('input')); }"
    )
    assert sample.evaluate(KNOWN) == 13
    assert "at=112" in sample.url
    sample.reload()
    sample.wait_for_selector(".nd")
    assert sample.evaluate(KNOWN) == 13
    sample.keyboard.press("]")
    assert sample.evaluate(KNOWN) == 14
    sample.keyboard.press("[")
    assert sample.evaluate(KNOWN) == 13


def test_exceptions_only_hides_the_quiet_steps(sample: Any) -> None:
    opened(sample)
    sample.keyboard.press("d")
    shown = sample.evaluate("""() => [...document.querySelector("[data-flow]").flow.layout.placed
      .values()].map((spot) => spot.node.effect)""")
    assert sorted(set(shown)) == ["deny", "flag"]
    sample.keyboard.press("d")
    assert sample.evaluate(KNOWN) == 24


def test_the_steps_that_led_to_the_selected_one_are_marked(sample: Any) -> None:
    opened(sample, "/flow?step=s12")
    marked = sample.evaluate("() => [...document.querySelector('[data-flow]').flow.path].sort()")
    assert marked == ["s0", "s12", "s4", "s8"]
    assert sample.locator(".e.path").count() == 3


def test_find_tells_how_many_and_enter_goes_there(sample: Any) -> None:
    opened(sample)
    sample.keyboard.press("/")
    sample.keyboard.type("tool.1")
    assert sample.locator("[data-found]").inner_text() == "11 found"
    sample.keyboard.press("Enter")
    sample.wait_for_selector(".nd.sel")


def test_a_long_flow_draws_what_is_in_view_and_folds_quiet_runs(sample: Any) -> None:
    opened(sample, "/long")
    assert sample.evaluate(KNOWN) < 700
    assert sample.evaluate(VISIBLE) < 120
    before = sample.evaluate(KNOWN)
    sample.locator(".nd.fold").first.click()
    assert sample.evaluate(KNOWN) > before


def test_far_out_cards_become_bars_without_text(sample: Any) -> None:
    opened(sample, "/long")
    sample.keyboard.press("0")
    sample.wait_for_selector("svg.g.far")
    assert not sample.locator(".nd text").first.is_visible()
