"""Every address that changes something writes it to the ledger, and every other one writes nothing.

Addresses are found by looking: one that answers a POST and has no case here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from console.access_table import ACCESS
from orchestration.blueprints.installing import blueprint_named, install_blueprint, start_goal
from orchestration.models import Approval, Bundle, Channel, Person, PolicyDraft, Unit
from orchestration.operations import (
    auditors,
    channels,
    interventions,
    people,
    saved_views,
    verifying,
    visits,
)
from orchestration.operations.changes import SYSTEM
from orchestration.operations.policy_drafts import DraftEdit, open_draft
from orchestration.operations.policy_replays import request_replay
from orchestration.vocabulary import Role
from tests.integration.console.desk import HOLD, Desk, signed_in
from tests.integration.console.test_access import finding_sample, samples
from tests.integration.orchestration.entry_cases_of_news import HOOK
from tests.integration.orchestration.test_entries import everything

PASSWORD = "a good long password"
OF_EVERYBODY = {"login", "logout", "view-save", "channel-add"}
"""What needs no right beyond having signed in."""


@dataclass(frozen=True)
class Post:
    """A request that changes something: who sends what where."""

    person: Person
    where: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    anonymous: bool = False


Ready = Callable[[Desk], Post]
CASES: dict[str, tuple[Ready, list[str]]] = {}


def owes(name: str, *kinds: str) -> Callable[[Ready], Ready]:
    """Enter a case under the name of its address."""

    def enter(ready: Ready) -> Ready:
        CASES[name] = (ready, list(kinds))
        return ready

    return enter


READS = {"ledger", "access-report"}
"""Addresses whose answer is read out of the ledger, which is recorded."""

ASKS = {"draft-check"}
"""Addresses that take a POST only because what is asked is long; they write nothing."""

LIMIT = """policy: acme.limit
title: At most 10
scope: {tools: ["tests.*"], units: ["acme/**"]}
rules:
  - {name: over, effect: deny, when: act.arguments.n > 10}
tests:
  - {name: ten, given: {act: {target: tests.x, arguments: {n: 1}}}, expect: nothing}
"""


@owes("login", "person.signed_in")
def _(desk: Desk) -> Post:
    people.set_password(person=desk.first, password=PASSWORD, scope="acme", actor=SYSTEM)
    said = {"username": desk.first.username, "password": PASSWORD}
    return Post(desk.first, said=said, anonymous=True)


@owes("logout", "person.signed_out")
def _(desk: Desk) -> Post:
    return Post(desk.first)


@owes("approval-answer", "approval.answered")
def _(desk: Desk) -> Post:
    approval = desk.hold_payment()
    said = {"decision": "approve", "reason": "checked", "digest": approval.digest}
    return Post(desk.first, {"key": approval.pk}, said)


@owes("parked-act", "task.released")
def _(desk: Desk) -> Post:
    goal = desk.goal(planner="flying")
    desk.run()
    task = goal.tasks.get(park_reason="ownerless")
    return Post(desk.operator, {"key": task.pk}, {"resolution": "retry", "reason": "again"})


@owes("finding-act", "finding.acknowledged")
def _(desk: Desk) -> Post:
    approval = desk.hold_payment()
    return Post(desk.operator, {"key": finding_sample(approval), "what": "take"})


def channel_of(desk: Desk) -> Channel:
    """A channel of the first person's own."""
    return channels.add_channel(person=desk.first, scope="acme", role="", chosen=HOOK)


@owes("channel-add", "channel.added")
def _(desk: Desk) -> Post:
    said = {**asdict(HOOK), "scope": "acme", "quiet_from": "", "quiet_until": ""}
    return Post(desk.first, said=said)


@owes("channel-change", "channel.changed")
def _(desk: Desk) -> Post:
    said = {**asdict(HOOK), "quiet_from": "22:00", "quiet_until": "07:00"}
    return Post(desk.first, {"key": channel_of(desk).pk}, said)


@owes("channel-act", "channel.paused")
def _(desk: Desk) -> Post:
    return Post(desk.first, {"key": channel_of(desk).pk, "what": "pause"})


@owes("agent-act", "agent.paused")
def _(desk: Desk) -> Post:
    agent = desk.agent(lambda task: {})
    return Post(desk.operator, {"slug": agent.slug}, {"act": "pause"})


@owes("goal-act", "goal.paused")
def _(desk: Desk) -> Post:
    goal = desk.goal()
    return Post(desk.operator, {"key": goal.pk, "act": "pause"}, {"reason": "wait"})


@owes("goal-start", "goal.opened", "task.added", "task.ready")
def _(desk: Desk) -> Post:
    template = _with_freight(desk).goal_templates[0]
    where = {"blueprint": "freight", "template": template.key}
    return Post(desk.operator, where, {"seed": "3"})


@owes("goal-event", "board.posted", "task.added", "task.ready")
def _(desk: Desk) -> Post:
    freight = _with_freight(desk)
    goal = start_goal(
        freight, freight.goal_templates[0], seed=3, options={}, requested_by=desk.operator
    )
    choice = freight.events[0].choices[0][0]
    return Post(desk.operator, {"key": goal.pk, "event": "close"}, {"choice": choice})


@owes("halt-order", "halt.ordered")
def _(desk: Desk) -> Post:
    agent = desk.agent(lambda task: {})
    return Post(desk.operator, said={"what": f"agent:{agent.slug}", "reason": "stop"})


@owes("halt-release", "halt.released")
def _(desk: Desk) -> Post:
    halt = interventions.order_halt(
        kind="unit", subject="acme", scope="acme", person=desk.operator, reason="stop"
    )
    return Post(desk.operator, {"key": halt.pk})


@owes("verify-start", "verification.requested")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.REVIEWER])


@owes("verify-cancel", "verification.cancelled")
def _(desk: Desk) -> Post:
    run = verifying.request_verification(person=desk.here[Role.REVIEWER])
    return Post(desk.here[Role.ADMIN], {"key": run.pk})


@owes("view-save", "view.saved")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.REVIEWER], said={"label": "Denied", "query": "q=decision:deny"})


@owes("view", "view.removed")
def _(desk: Desk) -> Post:
    owner = desk.here[Role.REVIEWER]
    view = saved_views.save_view(person=owner, label="Denied", query="q=decision:deny")
    return Post(owner, {"key": view.pk}, {"act": "remove"})


def _draft(desk: Desk) -> PolicyDraft:
    edit = DraftEdit(texts=(LIMIT,), title="A limit")
    return open_draft(scope="acme", person=desk.here[Role.ADMIN], edit=edit)


@owes("draft-new", "policy_draft.opened")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.ADMIN], said={"title": "A limit", "scope": "acme"})


@owes("draft-save", "policy_draft.changed")
def _(desk: Desk) -> Post:
    draft = _draft(desk)
    said = {"text": LIMIT.replace("10", "11"), "key": "acme.limit", "revision": draft.revision}
    return Post(desk.here[Role.ADMIN], {"key": draft.pk}, said)


@owes("draft-act", "policy_draft.reviewed")
def _(desk: Desk) -> Post:
    draft = _draft(desk)
    return Post(desk.here[Role.REVIEWER], {"key": draft.pk, "act": "review"}, {"words": "fine"})


@owes("pack-install", "policy_draft.opened")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.ADMIN], {"name": "payments"}, {"scope": "acme"})


@owes("bundle-restore", "bundle.superseded", "bundle.published")
def _(desk: Desk) -> Post:
    admin = desk.here[Role.ADMIN]
    people.grant_role(person=admin, unit=desk.other, role=Role.ADMIN, actor=SYSTEM)
    desk.policy(HOLD)
    first = Bundle.objects.get(state="active").number
    desk.policy(HOLD.replace("1000", "2000"))
    return Post(admin, {"number": first}, {"words": "too loose"})


@owes("replay-start", "policy_replay.requested")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.REVIEWER], {"key": _draft(desk).pk}, {"last": "1000"})


@owes("replay-active", "policy_replay.requested")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.REVIEWER], said={"last": "1000"})


@owes("replay-cancel", "policy_replay.cancelled")
def _(desk: Desk) -> Post:
    replay = request_replay(person=desk.here[Role.ADMIN], draft=None, last=10)
    return Post(desk.here[Role.REVIEWER], {"key": replay.pk})


@owes("export-take", "ledger.exported")
def _(desk: Desk) -> Post:
    desk.hold_payment()
    return Post(desk.here[Role.REVIEWER], said={"form": "csv", "q": "kind:step.*"})


@owes("access-report-take", "ledger.exported")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.REVIEWER], said={"scope": "acme"})


@owes("controls-take", "ledger.exported")
def _(desk: Desk) -> Post:
    return Post(desk.here[Role.REVIEWER])


@owes("sample-draw", "sample.drawn", "review.assigned")
def _(desk: Desk) -> Post:
    desk.hold_payment()
    now = timezone.now()
    said = {
        "label": "One",
        "scope": "acme",
        "method": "random",
        "covers": "everything",
        "wanted": "1",
        "readers": "1",
        "seed": "s",
        "since": (now - timedelta(hours=1)).isoformat(),
        "until": now.isoformat(),
    }
    return Post(desk.here[Role.REVIEWER], said=said)


@owes("review-judge", "review.judged", "verdict.given")
def _(desk: Desk) -> Post:
    where = samples(desk.hold_payment())["review"]
    said = {"verdict": "disagree", "reason": "the payee is new", "revision": "1"}
    return Post(desk.here[Role.REVIEWER], where, said)


@owes("review-remark", "decision.annotated")
def _(desk: Desk) -> Post:
    where = samples(desk.hold_payment())["review"]
    return Post(desk.here[Role.REVIEWER], where, {"remark": "ask the supplier"})


@owes("auditor-admit", "auditor.admitted", "role.granted")
def _(desk: Desk) -> Post:
    ends = (timezone.now() + timedelta(days=3)).isoformat()
    said = {"username": "ines", "display_name": "Ines", "scope": "acme", "ends_at": ends}
    return Post(desk.here[Role.ADMIN], said=said)


@owes("auditor-act", "auditor.revoked")
def _(desk: Desk) -> Post:
    made = auditors.admit_auditor(
        username="ines",
        display_name="Ines",
        unit=desk.unit,
        ends_at=timezone.now() + timedelta(days=3),
        person=desk.here[Role.ADMIN],
    )
    said = {"act": "revoke", "reason": "the audit is over"}
    return Post(desk.here[Role.ADMIN], {"key": made.person.pk}, said)


def _with_freight(desk: Desk) -> Any:
    freight = blueprint_named("freight")
    install_blueprint(freight)
    demo = Unit.objects.get(scope="demo")
    people.grant_role(person=desk.operator, unit=demo, role=Role.OPERATOR, actor=SYSTEM)
    return freight


def rows_beside_the_ledger() -> dict[str, str]:
    """A digest of each table but the ledger's, which say who looked, and open sessions."""
    apart = ("audit_", "django_session")
    return {table: said for table, said in everything().items() if not table.startswith(apart)}


def written_since(last: int) -> list[Entry]:
    return list(Entry.objects.filter(id__gt=last).order_by("id"))


def newest() -> int:
    return int(Entry.objects.order_by("-id").values_list("id", flat=True)[0])


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_a_person_does_on_a_page_is_in_the_ledger_under_their_name(
    name: str, desk: Desk
) -> None:
    ready, owed = CASES[name]
    post = ready(desk)
    client = Client() if post.anonymous else signed_in(post.person)
    last = newest()
    answer = client.post(reverse(name, kwargs=post.where), post.said)
    assert answer.status_code in {200, 302}
    written = written_since(last)
    assert set(owed) == {entry.kind for entry in written}
    first = written[0]
    assert (first.kind, first.actor_kind, first.actor_id) == (
        owed[0],
        "person",
        str(post.person.pk),
    )


@pytest.mark.parametrize("name", sorted(CASES.keys() - OF_EVERYBODY))
def test_who_may_not_do_it_leaves_only_that_they_tried(name: str, desk: Desk) -> None:
    ready, _ = CASES[name]
    post = ready(desk)
    last = newest()
    viewer = signed_in(desk.here[Role.VIEWER])
    answer = viewer.post(reverse(name, kwargs=post.where), post.said)
    assert answer.status_code in {403, 404}
    tried = [("act.refused", str(desk.here[Role.VIEWER].pk), "deny")]
    written = [(entry.kind, entry.actor_id, entry.outcome) for entry in written_since(last)]
    assert written == (tried if answer.status_code == 403 else [])


def test_every_address_that_takes_a_post_has_a_case(desk: Desk) -> None:
    known = samples(desk.hold_payment())
    admin = signed_in(desk.here[Role.ADMIN])
    last = newest()
    takers = {
        name
        for name in ACCESS.keys() - CASES.keys() - ASKS
        if admin.post(reverse(name, kwargs=known.get(name))).status_code != 405
    }
    assert takers == set()
    assert written_since(last) == []


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_address_answers_another_method(method: str, desk: Desk) -> None:
    known = samples(desk.hold_payment())
    admin = signed_in(desk.here[Role.ADMIN])
    last, before = newest(), rows_beside_the_ledger()
    for name in sorted(ACCESS):
        answer = getattr(admin, method)(reverse(name, kwargs=known.get(name)))
        assert (name, answer.status_code) in {(name, code) for code in (403, 404, 405)}
    assert written_since(last) == []
    assert rows_beside_the_ledger() == before


def test_looking_writes_nothing_but_that_somebody_read_the_ledger(desk: Desk) -> None:
    approval: Approval = desk.hold_payment()
    known = samples(approval) | {"goal-act": {"key": approval.goal_id, "act": "pause"}}
    admin = signed_in(desk.here[Role.ADMIN])
    for name in sorted(ACCESS):
        last, before = newest(), rows_beside_the_ledger()
        admin.get(reverse(name, kwargs=known.get(name)))
        assert (name, rows_beside_the_ledger()) == (name, before)
        kinds = [entry.kind for entry in written_since(last)]
        assert (name, kinds) == (name, ["ledger.read"] if name in READS else [])


def test_a_failed_sign_in_is_handed_to_the_ledger(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts: list[Any] = []
    monkeypatch.setattr(visits.ledger, "append_autonomous", drafts.append)
    Client().post(reverse("login"), {"username": desk.first.username, "password": "wrong"})
    assert [draft.kind for draft in drafts] == ["sign_in.failed"]
