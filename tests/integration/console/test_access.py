"""The access table: every address has a row, and every row holds for everybody in two units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from audit.models import Entry
from console.access_table import ACCESS, Door, may_enter
from orchestration.access.roles import all_roles
from orchestration.models import Approval, Bundle, Finding, Person, PolicyReplay
from orchestration.operations.policy_drafts import DraftEdit, open_draft
from orchestration.operations.policy_replays import request_replay
from orchestration.operations.reviews import SampleSpec, draw_sample
from tests.integration.console.desk import Desk, signed_in

BEHIND_THE_DOOR = {200, 302, 400, 404, 405, 409, 422}
"""What somebody may be answered who passed the door."""
OF_NOBODY = {
    *("health", "login", "logout", "home", "goal-start", "policy"),
    *("policy-export", "policy-versions", "pack", "pack-install"),
    *("bundle", "bundle-compare", "bundle-export", "bundle-restore"),
}
"""Addresses of things that do not belong to one organisation, or that lead on."""


def addresses(patterns: list[Any] | None = None) -> Iterator[str]:
    """The name of every address."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name)


def samples(approval: Approval) -> dict[str, dict[str, Any]]:
    """Something of the first organisation for every address that needs it."""
    goal, step, agent = approval.goal_id, approval.step_id, approval.agent.slug
    return {
        "approval-answer": {"key": approval.pk},
        "parked-act": {"key": approval.task_id},
        "agent": {"slug": agent},
        "agent-act": {"slug": agent},
        "policy": {"key": "tests.two-people"},
        "flow": {"key": goal},
        "decision": {"key": step},
        "task": {"key": approval.task_id},
        "goal-start": {"blueprint": "freight", "template": "replenish"},
        "goal-event": {"key": goal, "event": "close"},
        "goal-act": {"key": goal, "act": "nonsense"},
        "halt-release": {"key": uuid4()},
        "verify-cancel": {"key": uuid4()},
        "view": {"key": uuid4()},
        **{
            name: {"key": Entry.objects.get(kind="approval.opened").entry_id}
            for name in ("entry-evidence", "entry-proof", "entry-receipt")
        },
        **policy_samples(),
        **review_samples(),
        "finding": {"key": finding_sample(approval)},
        "finding-act": {"key": finding_sample(approval), "what": "take"},
        "channel": {"key": uuid4()},
        "channel-change": {"key": uuid4()},
        "channel-act": {"key": uuid4(), "what": "pause"},
    }


def finding_sample(approval: Approval) -> UUID:
    """A finding about the agent that asks; one however often it is asked for."""
    agent, at = approval.agent, timezone.now()
    fields = {"scope": approval.scope, "title": "{0} goes round.", "confidence": 900}
    fields |= {"severity": "medium", "goal": approval.goal, "agents": [str(agent.pk)]}
    fields |= {"first_seen": at, "last_seen": at, "found_at": at}
    made, _ = Finding.objects.get_or_create(detector="coherence.loop", key="x", defaults=fields)
    return UUID(str(made.pk))


def review_samples() -> dict[str, dict[str, Any]]:
    """A sample of the first organisation's decisions, and one of them to judge."""
    now = timezone.now()
    spec = SampleSpec(
        *("A sample of ours", "acme", "random", "everything"),
        *(now - timedelta(hours=1), now + timedelta(hours=1), 1, "seed"),
    )
    sample = draw_sample(spec=spec, person=Person.objects.get(username="here-reviewer"))
    review = sample.reviews.get()
    return {
        "sample": {"key": sample.pk},
        **{name: {"key": review.pk} for name in ("review", "review-judge", "review-remark")},
        "auditor-act": {"key": uuid4()},
    }


def policy_samples() -> dict[str, dict[str, Any]]:
    """A draft of the first organisation, a replay of it, and what every organisation has."""
    admin = Person.objects.get(username="here-admin")
    draft = open_draft(scope="acme", person=admin, edit=DraftEdit(title="A draft of ours"))
    replay = request_replay(person=admin, draft=None, last=1)
    number = Bundle.objects.get(state="active").number
    of_draft = ("draft", "draft-save", "draft-check", "draft-export", "replay-start")
    return {
        **{name: {"key": draft.pk} for name in of_draft},
        "draft-act": {"key": draft.pk, "act": "nonsense"},
        "replay": {"key": replay.pk},
        "replay-cancel": {"key": uuid4()},
        "policy-export": {"key": "tests.two-people"},
        "policy-versions": {"key": "tests.two-people", "old": 1, "new": 1},
        "pack": {"name": "payments"},
        "pack-install": {"name": "payments"},
        "bundle-compare": {"old": number, "new": number},
        **{name: {"number": number} for name in ("bundle", "bundle-export", "bundle-restore")},
    }


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(addresses()) == sorted(ACCESS)


def test_an_address_without_a_row_lets_nobody_in() -> None:
    everything = {"viewer", "operator", "approver", "reviewer", "admin"}
    assert not may_enter(None, signed_in=True, roles=everything)


class Visitor:
    """Somebody, or nobody, who asks for addresses; signs in again after having signed out."""

    def __init__(self, person: Person | None) -> None:
        self.person = person
        self.client = signed_in(person) if person else Client()

    def ask(self, method: str, name: str, known: dict[str, Any]) -> tuple[int, str]:
        address = reverse(name, kwargs=known.get(name))
        answer = getattr(self.client, method)(address)
        if name == "logout" and self.person:
            self.client.force_login(self.person)
        return answer.status_code, answer.get("Location", "")

    def roles(self) -> set[str]:
        return all_roles(self.person) if self.person else set()

    def is_answered_rightly(self, name: str, status: int, target: str) -> bool:
        """Whether the answer is what the table says."""
        if may_enter(ACCESS[name], signed_in=self.person is not None, roles=self.roles()):
            return status in BEHIND_THE_DOOR
        if self.person is None:
            return status == 302 and target.startswith(reverse("login"))
        return status == 403


def test_the_door_opens_to_whom_the_table_says_and_nobody_else(desk: Desk) -> None:
    known = samples(desk.hold_payment())
    wrong = [
        f"{method} {name} by {visitor.person}: {answer}"
        for visitor in map(Visitor, [None, desk.stranger, *desk.here.values()])
        for name in ACCESS
        for method in ("get", "post")
        for answer in [visitor.ask(method, name, known)]
        if not visitor.is_answered_rightly(name, *answer)
    ]
    assert wrong == []


def test_what_belongs_to_one_organisation_is_not_there_for_the_other(desk: Desk) -> None:
    known = samples(desk.hold_payment())
    seen = [
        f"{method} {name} by {visitor.person}: {status}"
        for visitor in map(Visitor, desk.there.values())
        for name in sorted(known.keys() - OF_NOBODY)
        for method in ("get", "post")
        for status in [visitor.ask(method, name, known)[0]]
        if status not in {403, 404, 405}
    ]
    assert seen == []


LISTS = ["overview", "flows", "approvals", "parked", "agents", "ledger", "policies", "halts"]
LISTS += ["drafts", "replays"]
LISTS += ["anomalies"]
LISTS += ["exports", "reviews", "access-report", "controls", "auditors"]


def test_lists_of_the_other_organisation_show_nothing_of_this_one(desk: Desk) -> None:
    approval = desk.hold_payment()
    policy_samples()
    marks = [str(approval.pk), str(approval.goal_id), approval.agent.slug, "Northwind"]
    review_samples()
    marks += [
        "A sample of ours",
        "A draft of ours",
        *(str(one.pk) for one in PolicyReplay.objects.all()),
    ]
    for visitor in map(Visitor, desk.there.values()):
        for name in LISTS:
            page = visitor.client.get(reverse(name)).content.decode()
            assert (name, [mark for mark in marks if mark in page]) == (name, [])


def test_without_a_role_there_is_only_the_way_out() -> None:
    assert {name for name, who in ACCESS.items() if who is Door.ANYONE} == {"health", "login"}
    assert {name for name, who in ACCESS.items() if who is Door.SIGNED_IN} == {"logout"}
