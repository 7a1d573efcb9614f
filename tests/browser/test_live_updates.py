"""Open pages follow what is committed: real web server, real socket, real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from pytest_django import Settings

from orchestration.models import Agent
from orchestration.operations import fleet, interventions
from orchestration.operations.changes import SYSTEM
from orchestration.vocabulary import Role
from tests.integration.live.lines import sign_in
from tests.integration.orchestration.world import World
from tests.machinery import servers
from tests.machinery.databases import SECRET
from tests.machinery.programs import Programs

pytestmark = pytest.mark.browser


@pytest.fixture
def world(committed_database: object, tmp_path: Path, settings: Settings) -> World:
    """One unit with its people; sessions made here hold in the web server as well."""
    settings.SECRET_KEY = SECRET
    return World(tmp_path)


@pytest.fixture
def rosa(world: World) -> Agent:
    return agent_called("Rosa", world)


def agent_called(name: str, world: World, unit: Any = None) -> Agent:
    return fleet.register_agent(
        slug=name.lower(), name=name, unit=unit or world.unit, owner=None, actor=SYSTEM
    )


def open_as(page: Any, person: Any, server: str, path: str) -> None:
    """Open a page and wait until it is live."""
    cookie = sign_in(person).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server}])
    page.goto(f"{server}{path}")
    page.wait_for_selector("[data-live-switch]:has-text('Live')")


def test_a_changed_agent_changes_in_an_open_list(
    world: World, rosa: Agent, page: Any, console_server: str
) -> None:
    open_as(page, world.operator, console_server, "/agents/")
    row = page.locator(f"#agent-{rosa.pk}")
    assert "Paused" not in row.inner_text()
    interventions.pause_agent(agent=rosa, person=world.operator)
    page.wait_for_selector(f"#agent-{rosa.pk}:has-text('Paused')")


def test_a_new_agent_appears_and_is_counted(
    world: World, rosa: Agent, page: Any, console_server: str
) -> None:
    open_as(page, world.operator, console_server, "/agents/")
    rita = agent_called("Rita", world)
    page.wait_for_selector(f"#agent-{rita.pk}")
    page.wait_for_selector("#count-agents:has-text('2')")


def test_agents_of_another_unit_never_appear(
    world: World, rosa: Agent, page: Any, console_server: str
) -> None:
    other = world.open_unit("globex", "organisation")
    gina = world.person("gina", Role.OPERATOR, other)
    greta = agent_called("Greta", world, other)
    received: list[str] = []
    page.on(
        "websocket", lambda ws: ws.on("framereceived", lambda frame: received.append(str(frame)))
    )
    open_as(page, gina, console_server, "/agents/")
    interventions.pause_agent(agent=rosa, person=world.operator)
    interventions.pause_agent(agent=greta, person=gina)
    page.wait_for_selector(f"#agent-{greta.pk}:has-text('Paused')")
    assert received
    assert str(rosa.pk) not in "".join(received)
    assert page.locator(f"#agent-{rosa.pk}").count() == 0


def test_a_goal_is_drawn_while_it_runs(world: World, page: Any, console_server: str) -> None:
    world.agent(lambda task: {"sum": task.post("plan", {"a": 1})})
    goal = world.goal()
    open_as(page, world.operator, console_server, f"/flows/{goal.pk}/?as=flow")
    drawn = page.locator("svg.g [data-id]")
    assert drawn.count() <= 1
    world.run()
    drawn.nth(1).wait_for()
    assert page.locator("svg.g [aria-label*='plan']").count() == 1


def test_a_page_whose_person_signed_out_elsewhere_is_left(
    world: World, rosa: Agent, page: Any, console_server: str
) -> None:
    open_as(page, world.operator, console_server, "/agents/")
    Session.objects.all().delete()
    interventions.pause_agent(agent=rosa, person=world.operator)
    page.wait_for_url("**/sign-in/**")
    assert page.locator(f"#agent-{rosa.pk}").count() == 0


def test_pages_follow_although_redis_dies(
    world: World, rosa: Agent, programs: Programs, browser: Any, tmp_path: Path
) -> None:
    own = servers.start_valkey(tmp_path)
    _, server = programs.web(REDIS_URL=own.url)
    page = browser.new_context().new_page()
    open_as(page, world.operator, server, "/agents/")
    own.stop()
    interventions.pause_agent(agent=rosa, person=world.operator)
    page.wait_for_selector(f"#agent-{rosa.pk}:has-text('Paused')")
    page.context.close()


@pytest.fixture
def deaf_page(browser: Any) -> Iterator[Any]:
    """A page none of whose sockets can be opened."""
    context = browser.new_context()
    page = context.new_page()
    page.route_web_socket("**/live/**", lambda socket: socket.close(code=1011, reason="no"))
    yield page
    context.close()


def test_a_page_without_a_socket_asks_by_itself(
    world: World, rosa: Agent, deaf_page: Any, console_server: str
) -> None:
    deaf_page.clock.install()
    cookie = sign_in(world.operator).cookies["sessionid"].value
    deaf_page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": console_server}])
    deaf_page.goto(f"{console_server}/agents/")
    interventions.pause_agent(agent=rosa, person=world.operator)
    deaf_page.clock.fast_forward(45_000)
    deaf_page.clock.resume()
    deaf_page.wait_for_selector(f"#agent-{rosa.pk}:has-text('Paused')")


def test_a_page_that_lost_its_server_finds_the_next_one(
    world: World, rosa: Agent, programs: Programs, browser: Any
) -> None:
    first, server = programs.web()
    page = browser.new_context().new_page()
    open_as(page, world.operator, server, "/agents/")
    first.kill()
    page.wait_for_selector("[data-live-switch]:has-text('Reconnecting')")
    interventions.pause_agent(agent=rosa, person=world.operator)
    programs.web(port=urlsplit(server).port or 0)
    page.wait_for_selector(f"#agent-{rosa.pk}:has-text('Paused')")
    page.context.close()
