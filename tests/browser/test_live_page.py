"""What an open page does with live messages, and without them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.template.loader import render_to_string

from tests.browser import samples

pytestmark = pytest.mark.browser


class Line:
    """The server's end of the live socket."""

    def __init__(self, page: Any) -> None:
        self.heard: list[dict[str, Any]] = []
        self.socket: Any = None
        page.route_web_socket("**/live/", self._accept)

    def _accept(self, socket: Any) -> None:
        self.socket = socket
        socket.on_message(lambda text: self.heard.append(json.loads(text)))

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))


@pytest.fixture
def line(sample: Any) -> Line:
    return Line(sample)


def switch(page: Any) -> Any:
    return page.locator("[data-live-switch]")


def opened(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-live-switch]:has-text('Live')")


def test_a_changed_row_is_swapped_in_place_and_keeps_the_focus(sample: Any, line: Line) -> None:
    opened(sample, "/live-agents")
    sample.locator("#agent-router a").focus()
    agent = next(one for one in samples.agents()[1]["agents"] if one["id"] == "router")
    row = render_to_string("agents/row.html", {"agent": {**agent, "name": "router!"}})
    partial = f'<hx-partial id="agent-router" hx-swap="outerMorph">{row}</hx-partial>'
    line.send(content=partial, seq=1)
    sample.wait_for_selector("#agent-router:has-text('router!')")
    assert sample.evaluate("document.activeElement.closest('tr').id") == "agent-router"


def test_a_row_that_is_not_on_the_page_is_no_error(sample: Any, line: Line) -> None:
    opened(sample, "/live-agents")
    gone = '<hx-partial id="agent-x" hx-swap="outerMorph"><tr id="agent-x"></tr></hx-partial>'
    line.send(content=gone)
    line.send(changed=["agents"])
    sample.wait_for_timeout(200)
    assert sample.locator("#agent-x").count() == 0


def test_a_changed_topic_fetches_its_region_again(sample: Any, line: Line) -> None:
    opened(sample, "/live-agents")
    before = sample.locator("#agent-new").inner_text()
    line.send(changed=["agents"])
    sample.wait_for_function(
        "(before) => document.querySelector('#agent-new').innerText !== before", arg=before
    )


def test_other_topics_leave_the_page_alone(sample: Any, line: Line) -> None:
    opened(sample, "/live-agents")
    before = sample.locator("#agent-new").inner_text()
    line.send(changed=["policies"])
    sample.wait_for_timeout(1300)
    assert sample.locator("#agent-new").inner_text() == before


def test_what_a_person_opened_stays_open(sample: Any, line: Line) -> None:
    opened(sample, "/overview")
    sample.locator("#volume summary").click()
    with sample.expect_response("**/overview"):
        line.send(changed=["volume"])
    sample.wait_for_timeout(200)
    assert sample.locator("#volume table").is_visible()


def test_pausing_is_told_to_the_server_and_counts_what_waits(sample: Any, line: Line) -> None:
    opened(sample, "/live-agents")
    sample.keyboard.press("l")
    assert switch(sample).get_attribute("aria-pressed") == "false"
    line.send(held=128)
    sample.wait_for_selector("[data-live-switch]:has-text('128 new')")
    assert line.heard == [{"pause": True}]
    switch(sample).click()
    sample.wait_for_selector("[data-live-switch]:has-text('Live')")
    assert line.heard == [{"pause": True}, {"pause": False}]


def test_a_lost_socket_is_said_with_the_age_of_the_data(sample: Any, line: Line) -> None:
    opened(sample, "/live-agents")
    line.socket.close(code=1011, reason="restart")
    sample.wait_for_selector("[data-live-switch]:has-text('Reconnecting')")
    assert "data from" in switch(sample).inner_text()
    sample.wait_for_selector("[data-live-switch]:has-text('Live')")


def test_without_a_socket_the_page_asks_by_itself(sample: Any, line: Line) -> None:
    sample.clock.install()
    opened(sample, "/live-agents")
    before = sample.locator("#agent-new").inner_text()
    sample.evaluate("""() => document.getElementById("live").dispatchEvent(
      new CustomEvent("htmx:ws:close", {detail: {}}))""")
    sample.clock.fast_forward(45_000)
    sample.clock.run_for(2_000)
    sample.wait_for_function(
        "(before) => document.querySelector('#agent-new').innerText !== before", arg=before
    )
