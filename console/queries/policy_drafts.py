"""What the pages of drafts read: a draft with its texts, what is in force, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from audit import reading
from orchestration.access.governing import may_govern, may_review
from orchestration.access.roles import ledger_scopes, people_with_role
from orchestration.access.rows import tools_for
from orchestration.access.rules import drafts_for, readable_keys, replays_for
from orchestration.models import Bundle, Person, PolicyDraft, PolicyReplay, Unit
from orchestration.operations.policy_texts import active_bundle, draft_sources, sources_of
from orchestration.vocabulary import DraftState, Role

OPEN = (DraftState.DRAFT, DraftState.REVIEWED)
LATEST = 200
"""Drafts listed at most, newest first."""


@dataclass(frozen=True)
class Rights:
    """What one person may do with one draft; `wrote` says that they had a hand in it."""

    edit: bool
    review: bool
    publish: bool
    wrote: bool


@dataclass(frozen=True)
class DraftStory:
    """A draft with everything its page says.

    Attributes:
        texts: its texts by policy key, None for a policy taken out. in_force: the texts in force
            that the person may read. active: the bundle in force. replay: the newest one of it.
        authors: who edited it. others: who could take it a step further and did not write it.
    """

    row: PolicyDraft
    texts: dict[str, str | None]
    in_force: dict[str, str]
    active: Bundle | None
    replay: PolicyReplay | None
    authors: list[Person]
    others: list[Person]
    rights: Rights


def listed(person: Person, *, ended: bool) -> list[PolicyDraft]:
    """Drafts under way, or those that were published or withdrawn; newest first."""
    found = drafts_for(person)
    found = found.exclude(state__in=OPEN) if ended else found.filter(state__in=OPEN)
    return list(found[:LATEST])


def open_drafts_of(person: Person, key: str) -> list[PolicyDraft]:
    """Drafts under way that change a policy."""
    return list(drafts_for(person).filter(state__in=OPEN, texts__has_key=key))


def in_force_for(person: Person) -> dict[str, str]:
    """The texts in force that a person may read, by policy key."""
    readable = readable_keys(person)
    return {key: text for key, text in sources_of(active_bundle()).items() if key in readable}


def story(person: Person, row: PolicyDraft) -> DraftStory:
    """Read all that is said of a draft."""
    authors = list(Person.objects.filter(pk__in=row.authors).order_by("username"))
    return DraftStory(
        row=row,
        texts=draft_sources(row),
        in_force=in_force_for(person),
        active=active_bundle(),
        replay=replays_for(person).filter(draft=row).first(),
        authors=authors,
        others=_others(row),
        rights=rights(person, row),
    )


def rights(person: Person, row: PolicyDraft) -> Rights:
    """What the person may do with the draft as it stands."""
    wrote = str(person.pk) in row.authors
    governs = may_govern(person, row.scope)
    return Rights(
        edit=governs and row.state in OPEN,
        review=not wrote and row.state == DraftState.DRAFT and may_review(person, row.scope),
        publish=not wrote and row.state == DraftState.REVIEWED and governs,
        wrote=wrote,
    )


def schemas_for(person: Person) -> dict[str, dict[str, Any]]:
    """The schemas of arguments of the installed tools, by name."""
    return dict(tools_for(person).values_list("name", "arguments"))


def _others(row: PolicyDraft) -> list[Person]:
    """People who may review (while it is a draft) or publish it, and are none of its authors."""
    roles = [Role.ADMIN] + ([Role.REVIEWER] if row.state == DraftState.DRAFT else [])
    tops = Unit.objects.filter(parent__isnull=True).values_list("scope", flat=True)
    where = [row.scope] if row.scope else list(tops)
    per_unit = [
        {person.pk: person for role in roles for person in people_with_role(role.value, scope)}
        for scope in where
    ]
    if not per_unit:
        return []
    everywhere = set.intersection(*(set(found) for found in per_unit))
    people = [per_unit[0][pk] for pk in everywhere if str(pk) not in row.authors]
    return sorted(people, key=str)


def last_hand(person: Person, row: PolicyDraft) -> str:
    """Who changed a draft last; empty when that entry can't be seen."""
    entries = reading.matching(ledger_scopes(person), reading.Filters(subject=str(row.pk)))
    entry = entries.order_by("-id").first()
    by = Person.objects.filter(pk=entry.actor_id).first() if entry else None
    return str(by) if by else ""
