"""What a live connection tells, to whom, and when it stops."""

from __future__ import annotations

import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from console.live.address import live
from console.live.consumers import SIGNED_OUT
from orchestration.models import Agent, Membership, Unit
from orchestration.operations import fleet, interventions, people
from orchestration.operations.changes import SYSTEM
from orchestration.vocabulary import Role
from tests.integration.live.lines import Line, opened, sign_in
from tests.integration.orchestration.world import World
from tests.machinery.programs import Programs


def agent_in(unit: Unit, slug: str) -> Agent:
    return fleet.register_agent(slug=slug, name=slug, unit=unit, owner=None, actor=SYSTEM)


def address(*topics: str) -> str:
    return live(*topics)["url"]


def test_a_page_is_told_what_was_committed_after_it_was_opened(
    world: World, console_server: str
) -> None:
    with opened(console_server, sign_in(world.operator), address("agents", "policies")) as line:
        assert line.next()["seq"] == 0
        agent_in(world.unit, "rosa")
        assert line.changed() == ["agents"]


def test_what_commits_between_the_page_and_its_connection_is_told_first(
    world: World, console_server: str
) -> None:
    page = address("agents")
    agent_in(world.unit, "rosa")
    with opened(console_server, sign_in(world.operator), page) as line:
        first = line.next()
        assert (first["seq"], first["changed"]) == (0, ["agents"])


def test_a_page_that_missed_nothing_is_not_asked_to_fetch_itself_again(
    world: World, console_server: str
) -> None:
    with opened(console_server, sign_in(world.operator), address("agents")) as line:
        assert "changed" not in line.next()


def test_a_page_that_comes_back_with_a_senseless_position_fetches_everything(
    world: World, console_server: str
) -> None:
    page = "/live/?topics=agents+policies&since=99:1:"
    with opened(console_server, sign_in(world.operator), page) as line:
        assert line.next()["changed"] == ["agents", "policies"]


def test_people_of_another_unit_are_told_nothing(world: World, console_server: str) -> None:
    other = world.open_unit("globex", "organisation")
    stranger = world.person("gina", Role.OPERATOR, other)
    theirs, ours = sign_in(stranger), sign_in(world.operator)
    with (
        opened(console_server, theirs, address("agents", "flows")) as there,
        opened(console_server, ours, address("agents", "flows")) as here,
    ):
        agent_in(world.unit, "rosa")
        assert here.changed() == ["agents"]
        world.goal()
        assert here.changed() == ["flows"]
        agent_in(other, "greta")
        # were they told of the other unit's goal, "flows" would be here or in a message before
        assert there.changed() == ["agents"]


def test_counts_in_the_navigation_are_those_of_the_person(
    world: World, console_server: str
) -> None:
    other = world.open_unit("globex", "organisation")
    stranger = world.person("gina", Role.OPERATOR, other)
    agent_in(other, "greta")
    with (
        opened(console_server, sign_in(stranger), address()) as there,
        opened(console_server, sign_in(world.operator), address()) as here,
    ):
        for slug in ("rosa", "rita"):
            agent_in(world.unit, slug)
        agent_in(other, "gerd")
        assert agents_counted(here) == agents_counted(there) == 2


def agents_counted(line: Line, enough: int = 2) -> int:
    """What the count beside Agents ends at."""
    while True:
        content = line.until("content")["content"]
        mark = '<span id="count-agents"'
        if mark in content:
            text = content.split(mark)[1].split(">", 1)[1].split("<")[0]
            if int(text) >= enough:
                return int(text)


def test_at_most_fifty_rows_are_sent_and_the_others_are_counted(
    world: World, console_server: str
) -> None:
    with opened(console_server, sign_in(world.operator), address("agents")) as line:
        line.next()
        line.say(pause=True)
        line.until("held")
        for number in range(60):
            agent_in(world.unit, f"agent-{number}")
        while line.until("held")["held"] < 60:
            continue
        line.say(pause=False)
        message = line.until("content")
        assert message["content"].count('<tr id="agent-') == 50
        assert message["more"] == 10
        assert message["changed"] == ["agents"]


def test_rows_are_rendered_for_their_reader_only(world: World, console_server: str) -> None:
    other = world.open_unit("globex", "organisation")
    stranger = world.person("gina", Role.OPERATOR, other)
    ours, theirs = agent_in(world.unit, "rosa"), agent_in(other, "greta")
    with (
        opened(console_server, sign_in(stranger), address("agents")) as there,
        opened(console_server, sign_in(world.operator), address("agents")) as here,
    ):
        interventions.pause_agent(agent=ours, person=world.operator)
        assert "rosa" in rows_until(here, f'<tr id="agent-{ours.pk}"')
        interventions.pause_agent(agent=theirs, person=stranger)
        heard = rows_until(there, str(theirs.pk))
        assert str(ours.pk) not in heard
        assert "rosa" not in heard


def rows_until(line: Line, mark: str) -> str:
    """All content that comes in, up to the message that has the mark in it."""
    heard = ""
    while mark not in heard:
        heard += line.until("content")["content"]
    return heard


def test_while_paused_only_the_number_of_changes_is_told(world: World, console_server: str) -> None:
    with opened(console_server, sign_in(world.operator), address("agents")) as line:
        line.next()
        line.say(pause=True)
        assert line.until("held")["held"] == 0
        agent_in(world.unit, "rosa")
        message = line.until("held")
        assert message["held"] == 1
        assert message.keys() == {"held", "seq"}
        line.say(pause=False)
        assert line.changed() == ["agents"]


def test_what_a_page_says_and_nobody_understands_is_ignored(
    world: World, console_server: str
) -> None:
    with opened(console_server, sign_in(world.operator), address("agents")) as line:
        line.next()
        for said in ("", "{", "[]", '{"pause": "yes"}', "x" * 5000, '{"pause": 1}', b"\xff\x00"):
            line.socket.send(said)
        agent_in(world.unit, "rosa")
        assert line.changed() == ["agents"]


def test_after_signing_out_nothing_more_is_told(world: World, console_server: str) -> None:
    client = sign_in(world.operator)
    with opened(console_server, client, address("agents")) as line:
        line.next()
        client.logout()
        agent_in(world.unit, "rosa")
        assert closed_with(line) == SIGNED_OUT


def test_who_loses_the_last_role_is_told_nothing_more(world: World, console_server: str) -> None:
    with opened(console_server, sign_in(world.operator), address("agents")) as line:
        line.next()
        people.withdraw_role(
            person=world.operator, unit=world.unit, role=Role.OPERATOR, actor=SYSTEM
        )
        assert not Membership.objects.filter(person=world.operator).exists()
        assert closed_with(line) == SIGNED_OUT


def test_who_is_suspended_is_told_nothing_more(world: World, console_server: str) -> None:
    with opened(console_server, sign_in(world.operator), address("agents")) as line:
        line.next()
        type(world.operator).objects.filter(pk=world.operator.pk).update(is_active=False)
        assert closed_with(line) == SIGNED_OUT


def closed_with(line: Line) -> int:
    """The code a connection is closed with; fails if it tells of a change before."""
    try:
        while True:
            assert "changed" not in line.next()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_a_page_of_somebody_else_cannot_listen_with_our_cookie(
    world: World, console_server: str
) -> None:
    client = sign_in(world.operator)
    for origin in ("http://127.0.0.1:1", "https://evil.example", "null", "file://x"):
        refused(console_server, client, address("agents"), origin)


def test_nobody_listens_who_is_not_signed_in_or_holds_no_role(
    world: World, console_server: str
) -> None:
    refused(console_server, None, address("agents"))
    refused(console_server, sign_in(world.person("sam", None)), address("agents"))


def test_an_address_that_no_page_has_is_refused(world: World, console_server: str) -> None:
    long = "/live/?topics=agents&since=" + "1" * 5000
    for path in ("/live/?topics=secrets", "/live/?goal=x", "/elsewhere/", long):
        refused(console_server, sign_in(world.operator), path)


def refused(server: str, client: Client | None, path: str, origin: str | None = None) -> None:
    """Assert that a connection is not let in."""
    with pytest.raises(InvalidStatus, match="403"), opened(server, client, path, origin=origin):
        raise AssertionError("it was let in")


def test_pages_are_told_although_redis_is_away(world: World, programs: Programs) -> None:
    _, server = programs.web(REDIS_URL="redis://127.0.0.1:1/0")
    with opened(server, sign_in(world.operator), address("agents")) as line:
        line.next()
        agent = agent_in(world.unit, "rosa")
        assert line.changed() == ["agents"]
        interventions.pause_agent(agent=agent, person=world.operator)
        assert line.changed() == ["agents"]
