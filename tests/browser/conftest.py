"""Fixtures for looking at parts of the console in a browser, filled with samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import samples
from tests.browser.shelf import Pages, Shelf, serving

PAGES: Pages = {
    "flow": lambda: samples.flow_page(24),
    "ended": lambda: samples.flow_page(24, ended=True),
    "long": lambda: samples.flow_page(900),
    "inspector": samples.inspector,
    "palette": samples.palette,
    "agents": samples.agents,
    "approvals": samples.agents,
    "router": samples.agents,
    "live-agents": samples.live_agents,
    "overview": samples.overview,
    "agent": samples.agent,
}


@pytest.fixture
def shelf() -> Iterator[tuple[Shelf, str]]:
    """A server of sample pages and its address."""
    with serving(PAGES) as served:
        yield served


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it runs in both themes."""
    return str(request.param)


@pytest.fixture
def sample(browser: Any, shelf: tuple[Shelf, str]) -> Iterator[Any]:
    """An empty page on the shelf; the test fails if a page wrote anything to its console."""
    context = browser.new_context(base_url=shelf[1], viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: said.append(f"error: {error}"))
    yield opened
    context.close()
    assert said == []
