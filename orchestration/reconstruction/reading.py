"""Reading entries for reconstruction: all of the ledger or one goal's, up to any entry."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q

from audit import reading
from audit.models import Entry
from orchestration.reconstruction.state import State, Telling, rebuild

AT_ONCE = 2_000
"""Entries fetched from the database at a time."""


def reconstruct_everything(*, at: int | None = None) -> State:
    """The state of every subject after the entry with the id `at`, or after the last one."""
    return rebuild(tellings(at=at))


def reconstruct(*, goal: UUID, at: int | None = None) -> State:
    """The state of a goal, and of its tasks, steps and approvals, after the entry `at`.

    The state is empty when the goal had not been opened by then.
    """
    return rebuild(tellings(goal=goal, at=at))


def tellings(*, goal: UUID | None = None, at: int | None = None) -> Iterator[Telling]:
    """What entries tell of subjects, in the ledger's order: of one goal or of everything."""
    condition = Q() if at is None else Q(id__lte=at)
    if goal is not None:
        condition &= Q(goal=goal)
    found = Entry.objects.filter(condition, revision__isnull=False).order_by("id")
    for entry in found.iterator(chunk_size=AT_ONCE):
        yield Telling(
            at=entry.id,
            entry_id=str(entry.entry_id),
            kind=entry.kind,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            revision=int(entry.revision or 0),
            scope=entry.scope,
            goal=str(entry.goal) if entry.goal else None,
            data=reading.body(entry).get("data", {}),
        )
