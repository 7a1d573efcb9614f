"""What pages about rules say in figures: who would stall, hours and their range, what is left."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from audit.entries import Actor
from console.presenters import policy_replays as shown
from orchestration.jobs.replaying import replay_history
from orchestration.models import Person, PolicyDraft, PolicyReplay, PolicyVersion
from orchestration.operations.approvals import cast_vote
from orchestration.operations.policies import publish_bundle
from orchestration.operations.policy_drafts import DraftEdit, open_draft
from orchestration.operations.policy_replays import request_replay, result
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in
from tests.integration.orchestration.world import tool_that

NOTHING_AT_ALL = """policy: acme.nothing
title: No tool is used at all
scope: {acts: [tool.call], units: ["acme/**"]}
rules: [{name: none, effect: deny}]
"""


def get(person: Person, address: str) -> str:
    answer = signed_in(person).get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def replayed(person: Person, draft: PolicyDraft | None) -> PolicyReplay:
    row = request_replay(person=person, draft=draft, last=1_000)
    replay_history(str(row.pk))
    row.refresh_from_db()
    return row


def test_agents_that_could_use_no_tool_any_more_are_named_as_stalled(desk: Desk) -> None:
    name = tool_that(lambda call: {}, idempotent=True)

    def run(task: Any) -> Any:
        return task.call(name, n=1)

    agent = desk.agent(run, grants=(name,))
    desk.goal()
    assert desk.run() == ["done"]
    admin = desk.here[Role.ADMIN]
    edit = DraftEdit(texts=(NOTHING_AT_ALL,), title="Nothing")
    row = replayed(admin, open_draft(scope="acme", person=admin, edit=edit))
    page = get(admin, reverse("replay", args=[row.pk]))
    assert "1 agent would stall:" in page
    stalled = page[page.index("would stall") : page.index("By agent and tool")]
    assert f'href="{reverse("agent", args=[agent.slug])}"' in stalled
    as_it_is = get(admin, reverse("replay", args=[replayed(admin, None).pk]))
    assert "would stall" not in as_it_is


def test_person_hours_are_shown_with_the_range_of_the_measured_answers(desk: Desk) -> None:
    for payee in ("Northwind", "Southwind"):
        approval = desk.hold_payment(payee=payee)
        for person in (desk.first, desk.second):
            cast_vote(
                approval_id=approval.pk,
                person=person,
                verdict="approve",
                reason="",
                digest=approval.digest,
            )
    admin = desk.here[Role.ADMIN]
    row = replayed(admin, None)
    costs = shown.costs(result(row))
    assert costs is not None
    hours = costs["hours"]
    page = get(admin, reverse("replay", args=[row.pk]))
    said = f"{hours['low']} to {hours['high']}"
    assert f'role="img" aria-label="From {said} person-hours a day"' in page
    assert f"{hours['now']} in all, range {said}" in page
    assert "from 4 measured answers to like requests" in page
    found = result(row).now
    assert found is not None
    assert 0 < (found.low or 0) <= (found.hours or 0) <= (found.high or 0)


def test_tools_that_no_policy_speaks_about_are_listed_with_the_agents_that_hold_them(
    desk: Desk,
) -> None:
    approval = desk.hold_payment()
    viewer = desk.here[Role.VIEWER]
    heading = 'id="h-unspoken">Tools no policy speaks about</h2><span class="end num">'
    assert f"{heading}0<" in get(viewer, reverse("coverage"))
    reads = PolicyVersion.objects.filter(policy__key="baseline.reads")
    publish_bundle(
        versions=list(reads),
        publisher=None,
        reason="only reads are left",
        actor=Actor("system", "signalbox", "Signalbox"),
    )
    page = get(viewer, reverse("coverage"))
    assert f"{heading}1<" in page
    table = page[page.index("h-unspoken") : page.index("h-silent")]
    assert f'<span class="tx mono strong">{approval.step.target}</span>' in table
    assert "Can&#x27;t be undone" in table
    assert desk.payer.slug in table


def test_rules_that_matched_and_never_decided_are_listed_as_overridden(desk: Desk) -> None:
    desk.hold_payment()
    page = get(desk.here[Role.VIEWER], reverse("coverage"))
    overridden = page[page.index("Always overridden") : page.index("Could not be evaluated")]
    assert "baseline.irreversible/may-ask" in overridden
    assert "tests.two-people/pay" not in overridden
