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
    Histories,
    State,
    Subject,
    Telling,
    by_subject,
    fold,
    state_of,
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
    histories = by_subject(tellings(goal=goal, at=entry.id, scopes=units))
    return Moment(
        goal=goal,
        at=entry.id,
        entry=entry,
        state=state_of(histories),
        changes=_changes_of(entry, histories),
        **place,
    )


def difference(scopes: Iterable[str], goal: UUID, earlier: int, later: int) -> list[SubjectChange]:
    """What became of a goal between two of its entries, by kind and id of each subject."""
    histories = by_subject(tellings(goal=goal, at=later, scopes=scopes))
    changed = [
        _between([one for one in told if one.at <= earlier], told)
        for _, told in sorted(histories.items())
        if told[-1].at > earlier
    ]
    return [one for one in changed if one.fields or one.created]


def _changes_of(entry: Entry, histories: Histories) -> list[SubjectChange]:
    """What the last of these entries changed, the subject that it is about first."""
    last = [key for key, told in histories.items() if told[-1].at == entry.id]
    last.sort(key=lambda key: (key[0] != entry.subject_kind, key))
    return [
        _between([one for one in histories[key] if one.at < entry.id], histories[key])
        for key in last
    ]


def _between(before: Sequence[Telling], after: Sequence[Telling]) -> SubjectChange:
    now = fold(after)
    was = fold(before).fields if before else {}
    return SubjectChange(now.kind, now.id, not before, _differing(was, now))


def _differing(was: Fields, now: Subject) -> list[FieldChange]:
    names = sorted(was.keys() | now.fields.keys())
    pairs = [(name, was.get(name), now.fields.get(name)) for name in names]
    return [FieldChange(*pair) for pair in pairs if pair[1] != pair[2]]
