"""Policies on their way into force: draft, reviewed, published under four eyes; and back again.

Who edited a draft may neither review nor publish it. A draft that is edited after its review has to
be reviewed again. Publishing makes a new bundle; nothing that was in force is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from audit import ledger, payloads
from audit.entries import Actor
from orchestration.access.governing import EVERYWHERE, may_govern, may_review
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed, StaleWrite
from orchestration.models import Bundle, Person, Policy, PolicyDraft, PolicyVersion, World
from orchestration.operations.changes import change, create
from orchestration.operations.interventions import wait_for_running_statements
from orchestration.operations.people import actor_for
from orchestration.operations.policies import parse_policy, publish_bundle, save_policy
from orchestration.operations.policy_texts import (
    active_bundle,
    compile_prospect,
    draft_sources,
    failing_tests,
    sources_of,
)
from orchestration.policy import shipped
from orchestration.policy.textual import beyond
from orchestration.vocabulary import DraftState

IN_FORCE = "The bundle is in force"


@dataclass(frozen=True)
class DraftEdit:
    """What somebody changes in a draft.

    Attributes:
        texts: whole YAML texts; each belongs to the policy it names. removed: keys of policies to
            be taken out of force. dropped: keys about which the draft shall say nothing any more.
        title, reason, origin: new words, or None to leave them.
    """

    texts: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    title: str | None = None
    reason: str | None = None
    origin: str | None = None


def open_draft(*, scope: str, person: Person, edit: DraftEdit) -> PolicyDraft:
    """Begin a draft for a unit, or for the whole installation when `scope` is empty.

    Raises NotAllowed, or InvalidInput with line and column of each fault of a text.
    """
    _require_govern(person, scope)
    if not (edit.title or "").strip():
        raise InvalidInput("A draft needs a title that says what it is for.")
    with ledger.transaction():
        active = active_bundle()
        draft = PolicyDraft(
            scope=scope,
            title=str(edit.title)[:200],
            reason=edit.reason or "",
            origin=(edit.origin or "")[:300],
            author=person,
            authors=[str(person.pk)],
            base=active.number if active else 0,
        )
        draft.texts = _edited(draft, edit)
        return create(draft, "policy_draft.opened", actor_for(person))


def change_draft(*, draft: PolicyDraft, person: Person, edit: DraftEdit) -> PolicyDraft:
    """Edit a draft as the person saw it; a review of it no longer counts.

    Raises StaleWrite when somebody else changed it meanwhile: nothing is written, and their text
    can be read from the row. InvalidInput, NotAllowed and IllegalTransition as the words say.
    """
    _require_govern(person, draft.scope)
    active = active_bundle()
    with ledger.transaction():
        fields: dict[str, Any] = {
            "state": DraftState.DRAFT,
            "texts": _edited(draft, edit),
            "authors": sorted({*draft.authors, str(person.pk)}),
            "base": active.number if active else 0,
            "reviewer": None,
            "reviewed_at": None,
        }
        said = {"title": edit.title, "reason": edit.reason, "origin": edit.origin}
        fields |= {name: value for name, value in said.items() if value is not None}
        return change(draft, "policy_draft.changed", actor_for(person), **fields)


def review_draft(*, draft: PolicyDraft, person: Person, note: str = "") -> PolicyDraft:
    """Say that a draft may go into force; its tests must pass, and its reviewer not be an author.

    Raises NotAllowed, InvalidInput, IllegalTransition, StaleWrite.
    """
    _require_other_eyes(draft, person, "review")
    with ledger.transaction():
        _require_sound(draft)
        return change(
            draft,
            "policy_draft.reviewed",
            actor_for(person),
            state=DraftState.REVIEWED,
            reviewer=person,
            reviewed_at=timezone.now(),
            note=note,
        )


def return_draft(*, draft: PolicyDraft, person: Person, note: str) -> PolicyDraft:
    """Send a draft back to its authors with what is wrong with it."""
    _require_other_eyes(draft, person, "review")
    if not note.strip():
        raise InvalidInput("Say what is wrong, so that its authors can mend it.")
    with ledger.transaction():
        return change(
            draft,
            "policy_draft.returned",
            actor_for(person),
            state=DraftState.DRAFT,
            reviewer=None,
            reviewed_at=None,
            note=note,
        )


def withdraw_draft(*, draft: PolicyDraft, person: Person, reason: str = "") -> PolicyDraft:
    """Give a draft up; it stays readable."""
    _require_govern(person, draft.scope)
    with ledger.transaction():
        return change(
            draft,
            "policy_draft.withdrawn",
            actor_for(person),
            state=DraftState.WITHDRAWN,
            note=reason,
        )


def publish_draft(*, draft: PolicyDraft, person: Person, reason: str = "") -> Bundle:
    """Put a reviewed draft in force, on top of whatever is in force now.

    Raises NotAllowed for its authors and for who is no admin; IllegalTransition when it was not
    reviewed; StaleWrite when a policy it changes was changed by another bundle since.
    """
    _require_govern(person, draft.scope)
    _require_no_author(draft, person, "publish")
    if draft.state != DraftState.REVIEWED:
        raise IllegalTransition(
            f"A draft is reviewed before it is published; this is {draft.state}."
        )
    actor = actor_for(person)
    with ledger.transaction():
        World.objects.select_for_update().get(pk=1)
        _require_still_based(draft)
        _require_sound(draft)
        bundle = publish_bundle(
            versions=_versions(draft, actor),
            publisher=person,
            reason=reason or draft.reason or draft.title,
            actor=actor,
        )
        change(
            draft,
            "policy_draft.published",
            actor,
            state=DraftState.PUBLISHED,
            bundle=bundle.number,
        )
    wait_for_running_statements(IN_FORCE)
    return bundle


def roll_back(*, to: Bundle, person: Person, reason: str) -> Bundle:
    """Put the policies of an older bundle in force again, as a new bundle.

    Raises NotAllowed when the person may not govern every policy that this changes, or wrote one
    that would come back; IllegalTransition when that bundle is in force.
    """
    if not reason.strip():
        raise InvalidInput("Say why the rules go back; it is recorded.")
    with ledger.transaction():
        World.objects.select_for_update().get(pk=1)
        active = active_bundle()
        if active is None or active.number == to.number or active.hash == to.hash:
            raise IllegalTransition(f"Bundle {to.number} is what is in force.")
        _require_may_restore(person, active, to)
        bundle = publish_bundle(
            versions=list(to.versions.select_related("policy")),
            publisher=person,
            reason=reason,
            actor=actor_for(person),
            restores=to.number,
        )
    wait_for_running_statements(IN_FORCE)
    return bundle


def open_pack(*, name: str, scope: str, person: Person) -> PolicyDraft:
    """Begin a draft with the policies of a shipped pack; nothing is in force by that.

    A unit that is not the whole installation gets them with its own units as their scope.
    """
    pack = shipped.pack_named(name)
    if pack is None:
        raise InvalidInput(f"there is no pack {name!r}")
    texts = tuple(shipped.text_for(text, scope) for text in pack.texts)
    edit = DraftEdit(texts=texts, title=f"Pack: {pack.title}", origin=f"pack {name}")
    return open_draft(scope=scope, person=person, edit=edit)


def _edited(draft: PolicyDraft, edit: DraftEdit) -> dict[str, str]:
    """The draft's texts after an edit; a text that is in force already says nothing."""
    texts = {key: digest for key, digest in draft.texts.items() if key not in edit.dropped}
    in_force = sources_of(active_bundle())
    for source in edit.texts:
        policy = parse_policy(source)
        problems = beyond(policy, draft.scope)
        if problems:
            raise InvalidInput(*(f"{policy.key}: {one}" for one in problems))
        texts.pop(policy.key, None)
        if in_force.get(policy.key) != source:
            texts[policy.key] = payloads.store(source)
    for key in edit.removed:
        if key not in in_force:
            raise InvalidInput(f"{key} is not in force, so it can't be taken out")
        texts[key] = ""
    _require_own(draft.scope, texts)
    return dict(sorted(texts.items()))


def _require_own(scope: str, keys: Iterable[str]) -> None:
    """A unit changes policies it keeps itself, and no others."""
    kept = Policy.objects.filter(key__in=list(keys)).values_list("key", "scope")
    for key, keeper in kept:
        if scope not in (EVERYWHERE, keeper):
            raise NotAllowed(f"{key} is kept by {keeper or 'the whole installation'}, not {scope}.")


def _require_govern(person: Person, scope: str) -> None:
    if not may_govern(person, scope):
        where = scope or "every unit at the top"
        raise NotAllowed(f"Policies are changed by admins of {where}.")


def _require_other_eyes(draft: PolicyDraft, person: Person, act: str) -> None:
    if not may_review(person, draft.scope):
        raise NotAllowed("Drafts are reviewed by admins and compliance reviewers of their unit.")
    _require_no_author(draft, person, act)


def _require_no_author(draft: PolicyDraft, person: Person, act: str) -> None:
    if str(person.pk) in draft.authors:
        raise NotAllowed(f"Who wrote a draft can't {act} it; ask another admin.")


def _require_sound(draft: PolicyDraft) -> None:
    """Something to publish, whose texts fit together and whose tests pass."""
    if not draft.texts:
        raise InvalidInput("The draft changes nothing.")
    compile_prospect(draft)
    failed = failing_tests(draft)
    if failed:
        raise InvalidInput(*failed)


def _require_still_based(draft: PolicyDraft) -> None:
    """Nobody put another text of the same policies in force since the draft was last edited."""
    base = Bundle.objects.filter(number=draft.base).first()
    then, now = sources_of(base), sources_of(active_bundle())
    moved = sorted(key for key in draft.texts if then.get(key) != now.get(key))
    if moved:
        raise StaleWrite(
            f"{', '.join(moved)} changed in force since this draft was written; look at it again"
        )


def _versions(draft: PolicyDraft, actor: Actor) -> list[PolicyVersion]:
    """The versions to be in force: those that are, with the draft's in their place."""
    active = active_bundle()
    rows = active.versions.select_related("policy") if active else []
    versions = {row.policy.key: row for row in rows}
    for key, source in draft_sources(draft).items():
        if source is None:
            versions.pop(key, None)
            continue
        versions[key] = save_policy(
            source=source, scope=draft.scope, author=draft.author, actor=actor
        )
    return [versions[key] for key in sorted(versions)]


def _require_may_restore(person: Person, active: Bundle, to: Bundle) -> None:
    before = {row.pk: row for row in active.versions.select_related("policy")}
    after = {row.pk: row for row in to.versions.select_related("policy")}
    for key in before.keys() ^ after.keys():
        _require_govern(person, (before.get(key) or after[key]).policy.scope)
    for key in after.keys() - before.keys():
        if str(person.pk) in _authors_of(after[key]):
            raise NotAllowed("Who wrote a policy can't bring it back; ask another admin.")


def _authors_of(version: PolicyVersion) -> set[str]:
    """Everybody who had a hand in a version: its author, and all who edited its draft."""
    first = version.bundles.order_by("number").first()
    drafts = PolicyDraft.objects.filter(bundle=first.number) if first else ()
    return {str(version.author_id), *(one for draft in drafts for one in draft.authors)}
