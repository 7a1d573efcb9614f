"""Entries owed by the way of rules into force and back, and by replays of history."""

from __future__ import annotations

from orchestration.models import Bundle, Person, PolicyDraft, PolicyReplay
from orchestration.operations import installation, policy_drafts, policy_replays
from orchestration.operations.policy_drafts import DraftEdit
from orchestration.vocabulary import Role
from tests.integration.orchestration.entry_cases import Act, Owed, owes
from tests.integration.orchestration.scenes import Scene

TEXT = """
policy: tests.own
title: Our own
scope: {tools: ["tests.*"], units: [acme/**]}
rules: [{name: none, when: act.effect == "none", effect: deny}]
"""
OTHER = TEXT.replace("Our own", "Our other")

SAVED: list[Owed] = [
    ("policy.created", "policy", "person"),
    ("policy_version.saved", "policy_version", "person"),
]
PUBLISHED: list[Owed] = [
    ("bundle.superseded", "bundle", "person"),
    ("bundle.published", "bundle", "person"),
]


def edit(text: str = TEXT) -> DraftEdit:
    """A draft's text with a title."""
    return DraftEdit(texts=(text,), title="Ours")


def drafted(scene: Scene) -> tuple[PolicyDraft, Person]:
    """A draft by one admin, and another admin."""
    installation.install()
    other = scene.person("abe", Role.ADMIN)
    return policy_drafts.open_draft(scope="acme", person=scene.asker, edit=edit()), other


def again(draft: PolicyDraft) -> PolicyDraft:
    """The same row, read anew."""
    return PolicyDraft.objects.get(pk=draft.pk)


def reviewed(scene: Scene) -> tuple[PolicyDraft, Person]:
    """A draft that another admin has reviewed."""
    draft, other = drafted(scene)
    return policy_drafts.review_draft(draft=draft, person=other), other


@owes("policy_drafts.open_draft", ("policy_draft.opened", "policy_draft", "person"))
def _(scene: Scene) -> Act:
    return lambda: policy_drafts.open_draft(scope="acme", person=scene.asker, edit=edit())


@owes("policy_drafts.open_pack", ("policy_draft.opened", "policy_draft", "person"))
def _(scene: Scene) -> Act:
    return lambda: policy_drafts.open_pack(name="payments", scope="acme", person=scene.asker)


@owes("policy_drafts.change_draft", ("policy_draft.changed", "policy_draft", "person"))
def _(scene: Scene) -> Act:
    draft, other = drafted(scene)
    return lambda: policy_drafts.change_draft(draft=again(draft), person=other, edit=edit(OTHER))


@owes("policy_drafts.review_draft", ("policy_draft.reviewed", "policy_draft", "person"))
def _(scene: Scene) -> Act:
    draft, other = drafted(scene)
    return lambda: policy_drafts.review_draft(draft=again(draft), person=other, note="good")


@owes("policy_drafts.return_draft", ("policy_draft.returned", "policy_draft", "person"))
def _(scene: Scene) -> Act:
    draft, other = reviewed(scene)
    return lambda: policy_drafts.return_draft(draft=again(draft), person=other, note="why?")


@owes("policy_drafts.withdraw_draft", ("policy_draft.withdrawn", "policy_draft", "person"))
def _(scene: Scene) -> Act:
    draft, _ = drafted(scene)
    return lambda: policy_drafts.withdraw_draft(
        draft=again(draft), person=scene.asker, reason="no need"
    )


@owes(
    "policy_drafts.publish_draft",
    *SAVED,
    *PUBLISHED,
    ("policy_draft.published", "policy_draft", "person"),
    also=frozenset({""}),
)
def _(scene: Scene) -> Act:
    draft, other = reviewed(scene)
    return lambda: policy_drafts.publish_draft(draft=again(draft), person=other)


@owes("policy_drafts.roll_back", *PUBLISHED, scope="")
def _(scene: Scene) -> Act:
    draft, other = reviewed(scene)
    before = Bundle.objects.get(state="active")
    policy_drafts.publish_draft(draft=draft, person=other)
    return lambda: policy_drafts.roll_back(
        to=Bundle.objects.get(pk=before.pk), person=scene.asker, reason="too much"
    )


def requested(scene: Scene) -> PolicyReplay:
    """A replay that an admin asked for."""
    draft, _ = drafted(scene)
    return policy_replays.request_replay(person=scene.asker, draft=draft, last=10)


def begun(scene: Scene) -> PolicyReplay:
    """A replay that a worker carries out."""
    replay = policy_replays.begin_replay(key=requested(scene).pk)
    assert replay is not None
    return replay


@owes("policy_replays.request_replay", ("policy_replay.requested", "policy_replay", "person"))
def _(scene: Scene) -> Act:
    draft, _ = drafted(scene)
    return lambda: policy_replays.request_replay(person=scene.asker, draft=again(draft), last=10)


@owes("policy_replays.cancel_replay", ("policy_replay.cancelled", "policy_replay", "person"))
def _(scene: Scene) -> Act:
    key = requested(scene).pk
    return lambda: policy_replays.cancel_replay(
        replay=PolicyReplay.objects.get(pk=key), person=scene.asker
    )


@owes("policy_replays.begin_replay", ("policy_replay.started", "policy_replay", "system"))
def _(scene: Scene) -> Act:
    key = requested(scene).pk
    return lambda: policy_replays.begin_replay(key=key)


@owes("policy_replays.finish_replay", ("policy_replay.finished", "policy_replay", "system"))
def _(scene: Scene) -> Act:
    key = begun(scene).pk
    return lambda: policy_replays.finish_replay(replay=PolicyReplay.objects.get(pk=key))


@owes("policy_replays.fail_replay", ("policy_replay.failed", "policy_replay", "system"))
def _(scene: Scene) -> Act:
    key = begun(scene).pk
    return lambda: policy_replays.fail_replay(
        replay=PolicyReplay.objects.get(pk=key), error="no texts"
    )
