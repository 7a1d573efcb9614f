"""Reading entries for reconstruction: all of the ledger or one goal's, up to any entry.

Only the columns that rebuilding needs are fetched, since a long goal has thousands of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q

from audit import reading
from audit.digests import meant
from orchestration.reconstruction.state import ROLES, State, Telling, rebuild

AT_ONCE = 2_000
"""Entries fetched from the database at a time."""

EVERYTHING = ("",)
"""The units of a reader who may see all of them."""

_COLUMNS = (
    "id", "entry_id", "kind", "subject_kind", "subject_id", "revision", "scope", "goal", "body",
)  # fmt: skip


def reconstruct_everything(*, at: int | None = None) -> State:
    """The state of every subject after the entry with the id `at`, or after the last one."""
    return rebuild(tellings(at=at))


def reconstruct(*, goal: UUID, at: int | None = None, scopes: Iterable[str] = EVERYTHING) -> State:
    """The state of a goal, and of what belongs to it, after the entry `at`.

    The state is empty when the goal had not been opened by then, or when a reader of these units
    may not see it.
    """
    return rebuild(tellings(goal=goal, at=at, scopes=scopes))


def tellings(
    *,
    goal: UUID | None = None,
    at: int | None = None,
    scopes: Iterable[str] = EVERYTHING,
) -> Iterator[Telling]:
    """What entries tell of subjects, in the ledger's order: of one goal or of everything."""
    condition = Q(revision__isnull=False) | Q(kind__in=list(ROLES))
    if at is not None:
        condition &= Q(id__lte=at)
    if goal is not None:
        condition &= Q(goal=goal)
    rows = reading.visible(scopes).filter(condition).order_by("id").values_list(*_COLUMNS)
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield _telling(row)


def _telling(row: tuple[Any, ...]) -> Telling:
    """One entry as it tells of its subject; one whose text was damaged tells of nothing."""
    at, entry_id, kind, subject_kind, subject_id, revision, scope, goal, body = row
    try:
        data = meant(orjson.loads(body).get("data", {}))
    except orjson.JSONDecodeError:
        data = {}
    return Telling(
        at=at,
        entry_id=str(entry_id),
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        revision=revision,
        scope=scope,
        goal=str(goal) if goal else None,
        data=data,
    )
