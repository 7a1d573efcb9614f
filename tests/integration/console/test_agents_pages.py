"""Agents: the list, one agent as a service, and stopping it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from console.queries.activity import agent_rows
from orchestration.models import Agent, Approval, Step, Task
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """An agent that has done some steps and waits with one."""
    return desk.hold_payment()


def page(desk: Desk, path: str, role: Role = Role.OPERATOR) -> str:
    return " ".join(signed_in(desk.here[role]).get(path).content.decode().split())


def test_an_agents_page_says_what_it_may_do_what_binds_it_and_what_it_did(
    desk: Desk, approval: Approval
) -> None:
    shown = page(desk, f"/agents/{approval.agent.slug}/")
    for said in ("tests.two-people", "baseline.irreversible", "Acts alone within policy", "v1"):
        assert said in shown, said
    assert approval.step.target in shown
    assert Task.objects.get().title in shown


def test_a_paused_agent_takes_no_step_until_it_is_resumed(desk: Desk) -> None:
    agent = desk.agent(lambda task: {"done": True})
    client = signed_in(desk.operator)
    told = client.post(f"/agents/{agent.slug}/act/", {"act": "pause"}, follow=True)
    assert b"No step of it starts from now on." in told.content
    desk.goal()
    desk.run()
    assert not Step.objects.filter(agent=agent).exists()
    client.post(f"/agents/{agent.slug}/act/", {"act": "resume"})
    desk.run()
    assert Agent.objects.get(pk=agent.pk).state == "active"


def test_pausing_twice_says_that_somebody_was_first(desk: Desk) -> None:
    agent = desk.agent(lambda task: {})
    client = signed_in(desk.operator)
    client.post(f"/agents/{agent.slug}/act/", {"act": "pause"})
    again = client.post(f"/agents/{agent.slug}/act/", {"act": "pause"})
    assert again.status_code == 409
    assert client.post(f"/agents/{agent.slug}/act/", {"act": "dance"}).status_code == 422


def test_only_those_who_may_pause_see_how(desk: Desk, approval: Approval) -> None:
    path = f"/agents/{approval.agent.slug}/"
    assert 'value="pause"' in page(desk, path)
    assert 'value="pause"' not in page(desk, path, Role.VIEWER)


def test_the_list_is_narrowed_by_words_state_and_unit(desk: Desk, approval: Approval) -> None:
    slug = approval.agent.slug
    assert slug in page(desk, f"/agents/?q={slug}&state=active&unit=acme")
    assert "No agent matches" in page(desk, f"/agents/?q={slug}&state=paused")
    assert "No agent matches" in page(desk, "/agents/?q=nobody-like-that")
    assert slug in page(desk, "/agents/?state=nonsense")


def test_the_figures_of_a_row_count_the_last_hour(desk: Desk, approval: Approval) -> None:
    agent = approval.agent
    now = timezone.now()
    [row] = agent_rows(desk.operator, [agent], now)
    acts = Step.objects.filter(agent=agent).exclude(act="journal.value")
    assert row["per_minute"] == round(acts.count() / 60, 1)
    assert sum(row["spark"]) * 3 == pytest.approx(acts.count())
    assert row["last_act"] == acts.latest("decided_at").target
    [later] = agent_rows(desk.operator, [agent], now + timedelta(hours=2))
    assert (later["spark"], later["per_minute"]) == ([], 0)
    assert agent_rows(desk.there[Role.ADMIN], [agent], now) == []
