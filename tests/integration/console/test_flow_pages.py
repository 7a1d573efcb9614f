"""Flows, decisions, tasks and the overview show what is in the database, and only one's own."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from console.queries.flows import live_flow
from orchestration.models import Approval, Goal, Step, Task
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in

PART = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def approval(desk: Desk) -> Approval:
    return desk.hold_payment()


@pytest.fixture
def operator(desk: Desk) -> Client:
    return signed_in(desk.here[Role.OPERATOR])


def text_of(client: Client, address: str, **headers: Any) -> str:
    answer = client.get(address, **headers)
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def flow(approval: Approval, query: str = "") -> str:
    return reverse("flow", args=[approval.goal_id]) + query


def test_the_flow_carries_every_step_and_the_request_that_waits(
    operator: Client, approval: Approval
) -> None:
    page = text_of(operator, flow(approval))
    data = re.search(r'id="flow-data" type="application/json">(.*?)</script>', page)
    assert data is not None
    graph = json.loads(data[1])
    steps = {str(key) for key in Step.objects.values_list("pk", flat=True)}
    assert {node["id"] for node in graph["nodes"]} == steps | {f"approval-{approval.pk}"}
    assert {"from": str(approval.step_id), "to": f"approval-{approval.pk}", "kind": "waiting"} in (
        graph["edges"]
    )
    assert "Waiting for a person" in page


@pytest.mark.parametrize("view", ["flow", "tree", "timeline", "log"])
def test_each_view_shows_the_held_step_selected_with_its_reasons(
    operator: Client, approval: Approval, view: str
) -> None:
    page = text_of(operator, flow(approval, f"?as={view}&step={approval.step_id}"))
    assert "tests.two-people/pay" in page
    assert "Northwind" in page
    assert "12,400.00 USD" in page
    assert str(approval.step_id) in page


def test_a_phone_begins_with_the_tree(operator: Client, approval: Approval) -> None:
    page = text_of(operator, flow(approval), HTTP_SEC_CH_UA_MOBILE="?1")
    assert 'role="tree"' in page


@pytest.mark.parametrize(
    ("region", "mark"), [("inspector", 'id="inspector"'), ("strip", 'id="strip"')]
)
def test_htmx_is_given_the_region_it_asks_for_and_nothing_else(
    operator: Client, approval: Approval, region: str, mark: str
) -> None:
    address = flow(approval, f"?step={approval.step_id}")
    part = text_of(operator, address, HTTP_HX_TARGET=f"aside#{region}", **PART)
    assert mark in part
    assert "<html" not in part
    assert "flow-data" not in part


def test_the_card_of_a_request_opens_its_step(operator: Client, approval: Approval) -> None:
    page = text_of(operator, flow(approval, f"?as=log&step=approval-{approval.pk}"))
    assert "tests.two-people/pay" in page


@pytest.mark.parametrize("step", ["nonsense", str(UUID(int=7)), f"approval-{UUID(int=7)}"])
def test_a_step_that_is_not_there_selects_none(
    operator: Client, approval: Approval, step: str
) -> None:
    page = text_of(operator, flow(approval, f"?as=log&step={step}"))
    assert "Select a step" in page
    assert str(approval.step_id) in page


def test_a_step_of_another_goal_is_not_shown_in_this_one(desk: Desk, operator: Client) -> None:
    first = desk.hold_payment()
    second = desk.hold_payment(payee="Elsewhere")
    page = text_of(operator, flow(first, f"?as=log&step={second.step_id}"))
    assert "Elsewhere" not in page


def test_the_page_of_a_decision_tells_arguments_rules_and_entries(
    operator: Client, approval: Approval
) -> None:
    page = text_of(operator, reverse("decision", args=[approval.step_id]))
    for said in ("12,400.00 USD", "tests.two-people/pay", "step.held", "High risk", "2 must agree"):
        assert said in page


def test_what_a_person_answered_stands_on_the_page_of_the_decision(
    desk: Desk, operator: Client, approval: Approval
) -> None:
    from orchestration.operations.approvals import cast_vote

    cast_vote(
        approval_id=approval.pk,
        person=desk.first,
        verdict="approve",
        reason="The invoice is right",
        digest=approval.digest,
    )
    page = text_of(operator, reverse("decision", args=[approval.step_id]))
    assert "The invoice is right" in page
    assert "pia" in page


def test_the_page_of_a_task_tells_who_does_it_and_what_it_waits_for(
    operator: Client, approval: Approval
) -> None:
    page = text_of(operator, reverse("task", args=[approval.task_id]))
    assert approval.agent.name in page
    assert "people to decide about a step" in page
    assert "Suspended" in page


def test_the_log_has_pages_and_shows_the_latest_while_the_goal_runs(
    desk: Desk, operator: Client
) -> None:
    from tests.integration.console.crowd import Size, fill

    (goal,) = fill(desk.unit, desk.asker, Size(agents=3, goals=1, steps=250))
    page = text_of(operator, reverse("flow", args=[goal.pk]) + "?as=log")
    assert "201 to 250 of 250 steps" in page
    first = text_of(operator, reverse("flow", args=[goal.pk]) + "?as=log&page=1")
    assert "1 to 100 of 250 steps" in first


def test_a_long_flow_is_drawn_from_its_latest_steps_and_says_so(desk: Desk) -> None:
    from console.queries.flows import MOST_STEPS, STRIDE
    from tests.integration.console.crowd import Size, fill

    (goal,) = fill(desk.unit, None, Size(agents=2, goals=1, steps=MOST_STEPS + 10))
    graph = live_flow(desk.here[Role.VIEWER], goal.pk)
    assert graph["earlier"] == STRIDE
    assert len(graph["nodes"]) == MOST_STEPS + 10 - STRIDE


def test_a_page_is_sent_only_what_is_new_and_everything_when_a_long_flow_moves_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.live.flows import FlowMemory
    from console.queries import flows
    from tests.integration.console.crowd import Size, fill

    (goal,) = fill(desk.unit, None, Size(agents=2, goals=1, steps=40))
    person, memory = desk.here[Role.VIEWER], FlowMemory(str(goal.pk))
    assert len(memory.difference(person)["nodes"]) == 40
    Step.objects.filter(goal=goal, ordinal=1).update(state="failed")
    assert len(memory.difference(person)["nodes"]) == 4
    monkeypatch.setattr(flows, "MOST_STEPS", 20)
    monkeypatch.setattr(flows, "STRIDE", 10)
    moved = memory.difference(person)
    assert (moved["earlier"], len(moved["nodes"])) == (20, 20)


def test_the_live_flow_of_another_organisation_is_not_there(desk: Desk) -> None:
    approval = desk.hold_payment()
    assert live_flow(desk.here[Role.VIEWER], approval.goal_id)["nodes"]
    with pytest.raises(Http404):
        live_flow(desk.there[Role.OPERATOR], approval.goal_id)


def test_goals_are_found_by_words_state_agent_and_unit(
    operator: Client, approval: Approval
) -> None:
    goal = approval.goal
    Goal.objects.filter(pk=goal.pk).update(title="Ship cocoa to Rotterdam")
    mark = f'id="goal-{goal.pk}"'
    for found in (
        "cocoa", "state:waiting", f"agent:{approval.agent.slug}", "unit:acme", "by:ada",
        "-state:failed cocoa",
    ):  # fmt: skip
        assert mark in text_of(operator, f"{reverse('flows')}?q={found}"), found
    for hidden in ("tea", "state:completed", "agent:nobody", "unit:umbra", "-state:waiting"):
        page = text_of(operator, f"{reverse('flows')}?q={hidden}")
        assert mark not in page, hidden
        assert "Clear the filter" in page


@pytest.mark.parametrize(
    ("show", "there"), [("running", True), ("waiting", True), ("ended", False), ("nonsense", True)]
)
def test_the_tabs_over_goals_narrow_the_list(
    operator: Client, approval: Approval, show: str, there: bool
) -> None:
    page = text_of(operator, f"{reverse('flows')}?show={show}")
    assert (f'id="goal-{approval.goal_id}"' in page) == there


def test_the_overview_counts_what_is_in_the_database(operator: Client, approval: Approval) -> None:
    page = text_of(operator, reverse("overview"))
    steps = Step.objects.count()
    assert f"{steps} in the last hour" in page
    assert f"{steps - 1} of {steps}" in page
    assert f'id="ask-{approval.pk}"' in page
    assert "held by" in page
    assert approval.agent.name in page


@pytest.mark.parametrize("region", ["figures", "volume", "asks", "agents", "events"])
def test_each_region_of_the_overview_comes_alone(operator: Client, region: str) -> None:
    part = text_of(operator, reverse("overview"), HTTP_HX_TARGET=f"section#{region}", **PART)
    assert f'id="{region}"' in part
    assert "<html" not in part


def test_a_reviewer_begins_with_the_ledger_and_may_still_see_the_overview(desk: Desk) -> None:
    reviewer = signed_in(desk.here[Role.REVIEWER])
    assert reviewer.get("/").headers["Location"] == reverse("ledger")
    assert reviewer.get(reverse("overview")).status_code == 200
    assert signed_in(desk.here[Role.OPERATOR]).get("/").status_code == 200


def test_the_palette_finds_goals_agents_requests_and_policies_of_ones_units(
    desk: Desk, operator: Client, approval: Approval
) -> None:
    Goal.objects.filter(pk=approval.goal_id).update(title="Ship cocoa")
    palette = reverse("palette")
    assert "Ship cocoa" in text_of(operator, f"{palette}?q=cocoa", **PART)
    assert approval.agent.slug in text_of(operator, f"{palette}?q={approval.agent.slug}", **PART)
    assert str(approval.pk) in text_of(operator, palette, **PART)
    assert "tests.two-people" in text_of(operator, f"{palette}?q=two+people", **PART)
    there = signed_in(desk.there[Role.OPERATOR])
    assert "Ship cocoa" not in text_of(there, f"{palette}?q=cocoa", **PART)
    assert str(approval.pk) not in text_of(there, palette, **PART)


def test_the_palette_as_a_page_says_when_nothing_was_found(operator: Client) -> None:
    assert "Nothing found" in text_of(operator, f"{reverse('palette')}?q=zzzz")


def test_counts_in_the_navigation_are_those_of_the_persons_units(
    desk: Desk, approval: Approval
) -> None:
    count = re.compile(r'id="count-approvals" class="count hot"( hidden)?>(\d+)')
    here = count.search(text_of(signed_in(desk.here[Role.VIEWER]), reverse("flows")))
    there = count.search(text_of(signed_in(desk.there[Role.VIEWER]), reverse("flows")))
    assert here is not None
    assert there is not None
    assert (here[2], there[2], there[1]) == ("1", "0", " hidden")


def test_markup_in_titles_and_arguments_is_shown_as_text(desk: Desk, operator: Client) -> None:
    approval = desk.hold_payment(payee="<script>alert(1)</script>")
    Goal.objects.filter(pk=approval.goal_id).update(title="</script><b>bold</b>")
    Task.objects.filter(pk=approval.task_id).update(title="<img src=x>")
    for query in ("", "?as=tree", "?as=log", f"?step={approval.step_id}"):
        raw = operator.get(flow(approval, query)).content.decode()
        for markup in ("<script>alert", "</script><b>", "<img src=x"):
            assert markup not in raw


def test_a_flow_tells_which_principles_its_agents_carry_and_what_enforces_each(
    desk: Desk, operator: Client, approval: Approval
) -> None:
    desk.policy("""policy: acme.held-to
title: What agents of acme are held to
scope: {units: ["acme/**"]}
principles:
  - {key: two, text: Pay nobody alone., enforced_by: [tests.two-people, acme.gone]}
  - {key: kind, text: Be brief.}
""")
    desk.policy("""policy: beta.held-to
title: What agents of another house are held to
scope: {units: ["elsewhere/**"]}
principles: [{key: own, text: Not for this goal.}]
""")
    page = text_of(operator, flow(approval, "?as=log"))
    texts = ("Pay nobody alone.", "Be brief.", "Work for the goal you were given")
    first, second, shipped = (page.index(text) for text in texts)
    enforced, advice = page[first:second], page[second:shipped]
    assert f'href="{reverse("policy", args=["tests.two-people"])}"' in enforced
    assert "acme.gone" in enforced
    assert "Advice only" not in enforced
    assert "Advice only" in advice
    assert "Not for this goal" not in page
