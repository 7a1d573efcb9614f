"""What rules would have done: replays, two bundles, shadow, coverage, playground, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from orchestration.jobs.replaying import replay_history
from orchestration.models import Approval, Bundle, Person, PolicyDraft, PolicyReplay
from orchestration.operations.policy_drafts import DraftEdit, open_draft
from orchestration.vocabulary import Role
from tests.integration.console.desk import HOLD, Desk, signed_in

DENY = """policy: acme.never
title: Nothing is paid to Northwind
scope: {acts: [tool.call], units: ["acme/**"]}
rules:
  - name: not-them
    when: has(act.arguments.payee) && act.arguments.payee == "Northwind"
    effect: deny
    reason: "{act.arguments.payee} is not paid"
tests:
  - {name: others are, given: {act: {arguments: {payee: Else}}}, expect: nothing}
"""


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment held by a policy of its own."""
    return desk.hold_payment()


@pytest.fixture
def admin(desk: Desk, approval: Approval) -> Person:
    return desk.here[Role.ADMIN]


@pytest.fixture
def draft(admin: Person) -> PolicyDraft:
    return open_draft(scope="acme", person=admin, edit=DraftEdit(texts=(DENY,), title="Never"))


def get(person: Person, address: str, **query: Any) -> str:
    answer = signed_in(person).get(f"{address}?{urlencode(query)}" if query else address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_replay_is_asked_for_watched_and_says_what_flips_by_rule_agent_and_tool(
    desk: Desk, approval: Approval, draft: PolicyDraft
) -> None:
    reviewer = desk.here[Role.REVIEWER]
    client = signed_in(reviewer)
    client.post(reverse("replay-start", args=[draft.pk]), {"last": "1000"})
    replay = PolicyReplay.objects.get()
    address = reverse("replay", args=[replay.pk])
    waiting = get(reviewer, address)
    assert "Waits for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    replay_history(str(replay.pk))
    shown = get(reviewer, address)
    assert '<b class="hit">1</b> would change' in shown
    assert "not-them" in shown
    assert approval.agent.slug in shown
    assert approval.step.target in shown
    assert reverse("decision", args=[approval.step_id]) in shown
    assert "1 of " in get(reviewer, reverse("draft", args=[draft.pk]))
    assert "Never" in get(reviewer, reverse("replays"))


def test_a_replay_is_kept_to_a_window_of_time_typed_in_utc(
    desk: Desk, approval: Approval, draft: PolicyDraft
) -> None:
    reviewer = desk.here[Role.REVIEWER]
    client = signed_in(reviewer)
    for address in (reverse("replays"), reverse("draft", args=[draft.pk])):
        page = get(reviewer, address)
        assert 'type="datetime-local" name="since"' in page or 'name="since" class="input"' in page
        assert 'From <span class="dim">UTC</span>' in page
    given = {"last": "1000", "since": "2026-01-01T08:30", "until": "2026-01-02T17:00"}
    client.post(reverse("replay-start", args=[draft.pk]), given)
    replay = PolicyReplay.objects.get()
    assert (replay.since, replay.until) == (
        datetime(2026, 1, 1, 8, 30, tzinfo=UTC),
        datetime(2026, 1, 2, 17, tzinfo=UTC),
    )
    replay_history(str(replay.pk))
    shown = get(reviewer, reverse("replay", args=[replay.pk]))
    assert "There is no history yet" in shown
    client.post(reverse("replay-active"), {"last": "1000", "since": "2026-01-01T08:30"})
    open_ended = PolicyReplay.objects.get(until=None)
    replay_history(str(open_ended.pk))
    shown = get(reviewer, reverse("replay", args=[open_ended.pk]))
    assert "only steps asked for from <time" in shown
    assert "1 Jan 2026 08:30" in shown
    backwards = {"last": "1000", "since": "2026-01-02T08:30", "until": "2026-01-01T08:30"}
    refused = client.post(reverse("replay-active"), backwards)
    assert refused.status_code == 422
    assert "ends before it begins" in refused.content.decode()
    odd = client.post(reverse("replay-active"), {"last": "1000", "since": "soon"})
    assert "in UTC" in odd.content.decode()


def test_a_replay_is_cancelled_and_keeps_what_it_found(desk: Desk, draft: PolicyDraft) -> None:
    client = signed_in(desk.here[Role.ADMIN])
    client.post(reverse("replay-start", args=[draft.pk]), {"last": "1000"})
    replay = PolicyReplay.objects.get()
    client.post(reverse("replay-cancel", args=[replay.pk]))
    replay_history(str(replay.pk))
    replay.refresh_from_db()
    assert replay.state == "cancelled"
    assert "ended before anything" in get(desk.here[Role.ADMIN], f"/replays/{replay.pk}/")


def test_a_viewer_watches_a_replay_and_neither_asks_for_one_nor_stops_it(
    desk: Desk, draft: PolicyDraft
) -> None:
    signed_in(desk.here[Role.ADMIN]).post(
        reverse("replay-start", args=[draft.pk]), {"last": "1000"}
    )
    replay = PolicyReplay.objects.get()
    viewer = desk.here[Role.VIEWER]
    assert "Cancel" not in get(viewer, reverse("replay", args=[replay.pk]))
    assert signed_in(viewer).post(f"/replays/{replay.pk}/cancel/").status_code == 403
    there = signed_in(desk.there[Role.ADMIN])
    assert there.get(reverse("replay", args=[replay.pk])).status_code == 404


def test_two_bundles_are_compared_by_their_texts_and_by_what_they_do(
    desk: Desk, approval: Approval
) -> None:
    old = Bundle.objects.get(state="active").number
    desk.policy(DENY)
    new = Bundle.objects.get(state="active").number
    shown = get(desk.here[Role.VIEWER], reverse("bundle-compare", args=[old, new]))
    assert '<b class="hit">1</b> would be decided otherwise' in shown
    assert "not-them" in shown
    assert "Nothing is paid to Northwind" in shown
    same = get(desk.here[Role.VIEWER], reverse("bundle-compare", args=[old, old]))
    assert "Both say the same." in same
    chosen = signed_in(desk.here[Role.VIEWER]).get("/bundles/compare/", {"old": old, "new": new})
    assert chosen["Location"] == reverse("bundle-compare", args=[old, new])
    assert signed_in(desk.here[Role.VIEWER]).get("/bundles/compare/?old=x").status_code == 422


def test_versions_of_one_policy_are_compared(desk: Desk, approval: Approval) -> None:
    desk.policy(HOLD.replace("1000", "2000"))
    shown = get(desk.here[Role.VIEWER], "/policies/tests.two-people/versions/1..2/")
    assert "&gt; 1000" in shown
    assert "&gt; 2000" in shown
    there = signed_in(desk.here[Role.VIEWER]).get("/policies/tests.two-people/versions/1..9/")
    assert there.status_code == 404


def test_the_playground_decides_a_past_step_rule_by_rule_and_under_a_draft(
    desk: Desk, approval: Approval, draft: PolicyDraft
) -> None:
    viewer = desk.here[Role.VIEWER]
    now = get(viewer, reverse("playground"), step=approval.step_id)
    assert "tests.two-people" in now
    assert "act.arguments.amount_minor &gt; 1000" in now
    assert "12,400.00" in now
    assert "2 with the role approver" in now
    then = get(viewer, reverse("playground"), step=approval.step_id, draft=draft.pk)
    assert "with the draft “Never”" in then
    assert "Northwind is not paid" in then


def test_the_playground_decides_a_request_written_by_hand_and_says_what_is_wrong_with_one(
    desk: Desk, approval: Approval
) -> None:
    viewer = desk.here[Role.VIEWER]
    asked = "act: {target: tests.x, effect: read, arguments: {amount_minor: 5}}"
    assert "looked and said nothing" in get(viewer, reverse("playground"), given=asked)
    wrong = get(viewer, reverse("playground"), given="act: {target: &a x}")
    assert "anchors and aliases are not allowed" in wrong
    odd = get(viewer, reverse("playground"), given="actor: {}")
    assert "a request has no part" in odd
    nested = get(viewer, reverse("playground"), given="act: {labels: 5}")
    assert "not a canonical request" in nested


def test_steps_are_found_by_words_for_the_playground(desk: Desk, approval: Approval) -> None:
    viewer = desk.here[Role.VIEWER]
    assert str(approval.step_id) in get(viewer, reverse("playground"), q=approval.step.target)
    assert "No step matches" in get(viewer, reverse("playground"), q="nothing-like-it")
    there = signed_in(desk.there[Role.VIEWER])
    assert there.get(f"/playground/?step={approval.step_id}").status_code == 404


def test_the_page_of_a_decision_answers_why_with_the_rules_as_they_were(
    desk: Desk, approval: Approval, draft: PolicyDraft
) -> None:
    then = approval.step.bundle
    desk.policy(HOLD.replace("1000", "9900000"))
    shown = get(desk.here[Role.VIEWER], reverse("decision", args=[approval.step_id]))
    assert f"Each rule of bundle {then} with the values it saw" in shown
    assert "tests.two-people v1" in shown
    assert '&gt; <span class="n">1000</span>' in shown
    assert "would be allow" in shown
    assert "would be deny: Northwind is not paid" in shown
    assert f"/playground/?step={approval.step_id}" in shown


def test_rules_in_shadow_are_reported_with_what_would_have_come_of_them(desk: Desk) -> None:
    desk.policy(DENY.replace("title:", "mode: shadow\ntitle:"))
    viewer = desk.here[Role.VIEWER]
    assert "No rule in shadow spoke" in get(viewer, reverse("shadow"))
    approval = desk.hold_payment()
    shown = get(viewer, reverse("shadow"), days=1)
    assert "not-them" in shown
    assert "would be deny" in shown
    assert reverse("decision", args=[approval.step_id]) in shown


def test_coverage_names_rules_that_never_match_or_fail_and_tools_nobody_speaks_about(
    desk: Desk,
) -> None:
    desk.policy(DENY.replace("Northwind", "Nobody"))
    desk.policy("""policy: acme.broken
title: Fails on what is missing
scope: {units: ["acme/**"], acts: [tool.call]}
on_error: hold
approval: {from: [approver]}
rules: [{name: no-such, effect: deny, when: act.arguments.missing > 1}]
""")
    desk.hold_payment()
    shown = get(desk.here[Role.VIEWER], reverse("coverage"))
    assert "acme.never/not-them" in shown
    assert "acme.broken/no-such" in shown
    assert "Some enforced policy speaks about every tool" in shown


def test_pages_without_any_history_say_so(desk: Desk) -> None:
    desk.policy(HOLD)
    viewer = desk.here[Role.VIEWER]
    assert "There is no history yet" in get(viewer, reverse("coverage"))
    assert "Nothing is in shadow" in get(viewer, reverse("shadow"))
    assert "Nothing was replayed yet" in get(viewer, reverse("replays"))
    assert "No step was decided yet" in get(viewer, reverse("playground"))
