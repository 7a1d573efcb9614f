"""One moment in the life of a goal: its state after any of its entries, and what that changed.

For people who step through what happened. Everything is read from entries that the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from audit import reading
from audit.models import Entry
from orchestration.reconstruction.reading import tellings
from orchestration.reconstruction.state import (
    Fields,
    State,
    Subject,
    Telling,
    by_subject,
    fold,
    rebuild,
)


@dataclass(frozen=True)
class FieldChange:
    """A field before and after; None where there was nothing. Free text is a payload's digest."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class SubjectChange:
    """What became of one subject: its fields that differ, by name; `created` if it is new."""

    kind: str
    id: str
    created: bool
    fields: list[FieldChange]


@dataclass(frozen=True)
class Moment:
    """A goal right after one of its entries.

    Attributes:
        at, entry: the entry. number, total: its place among the goal's entries, from 1.
        first, previous, next, last: ids of entries to go to; None at the ends.
        state: the goal, its tasks, steps, approvals, answers, blackboard and messages.
        changes: what this entry changed, the subject that it is about first.
    """

    goal: UUID
    at: int
    entry: Entry
    number: int
    total: int
    first: int
    previous: int | None
    next: int | None
    last: int
    state: State
    changes: list[SubjectChange]

    @property
    def change(self) -> SubjectChange | None:
        """What became of the subject that the entry is about; None if the entry set nothing."""
        return self.changes[0] if self.changes else None


def moment(scopes: Iterable[str], goal: UUID, at: int | None = None) -> Moment | None:
    """The goal right after its newest entry that is not later than the one with the id `at`.

    Without `at`, after its last entry. None when a reader of these units sees no such entry.
    """
    units = list(scopes)
    seen = reading.matching(units, reading.Filters(goal=str(goal)))
    up_to = Q() if at is None else Q(id__lte=at)
    entry = seen.filter(up_to).order_by("-id").first()
    if entry is None:
        return None
    place = seen.order_by().aggregate(
        total=Count("id"),
        number=Count("id", filter=Q(id__lte=entry.id)),
        first=Min("id"),
        last=Max("id"),
        previous=Max("id", filter=Q(id__lt=entry.id)),
        next=Min("id", filter=Q(id__gt=entry.id)),
    )
    told = list(tellings(goal=goal, at=entry.id, scopes=units))
    return Moment(
        goal=goal,
        at=entry.id,
        entry=entry,
        state=rebuild(told),
        changes=_changes_of(entry.id, told),
        **place,
    )


def difference(scopes: Iterable[str], goal: UUID, earlier: int, later: int) -> list[SubjectChange]:
    """What became of a goal between two of its entries, by kind and id of each subject."""
    told = list(tellings(goal=goal, at=later, scopes=scopes))
    known = by_subject(one for one in told if one.at <= earlier)
    found = []
    for key, history in sorted(by_subject(told).items()):
        if history[-1].at > earlier:
            changed = _between(known.get(key, ()), history)
            found += [changed] if changed.fields or changed.created else []
    return found


def _changes_of(at: int, told: list[Telling]) -> list[SubjectChange]:
    """What the last of these entries changed."""
    last = by_subject(one for one in told if one.at == at)
    if not last:
        return []
    concerned = by_subject(told)
    own = told[-1].subject_kind
    keys = sorted(last, key=lambda key: (key[0] != own, key))
    return [
        _between([one for one in concerned[key] if one.at < at], concerned[key]) for key in keys
    ]


def _between(before: Sequence[Telling], after: Sequence[Telling]) -> SubjectChange:
    now = fold(after)
    was = fold(before).fields if before else {}
    return SubjectChange(now.kind, now.id, not before, _differing(was, now))


def _differing(was: Fields, now: Subject) -> list[FieldChange]:
    names = sorted(was.keys() | now.fields.keys())
    pairs = [(name, was.get(name), now.fields.get(name)) for name in names]
    return [FieldChange(*pair) for pair in pairs if pair[1] != pair[2]]
