"""Finding entries for people who may see some units only: pages, single entries and causes.

Every function starts from the caller's units, so that forgetting a filter shows less, not more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet

from audit.models import Entry
from audit.words import SAYS, parameters

FACETS = ("outcome", "kind", "actor_id", "subject_kind", "scope")
"""Columns that facets are counted for."""

SHARED = ("bundle", "policy", "policy_version", "tool")
"""Kinds of subjects that bind every unit when they belong to none, so every reader sees them."""


@dataclass(frozen=True)
class Filters:
    """What to look for; everything given must hold.

    Attributes:
        kinds: exact kinds, or families such as `approval.*`; any of them.
        actor, subject: ids. goal: its id. subject_kind: such as `task`.
        decision, outcome, request_id, trace_id: exact values.
        since, until: bounds of the time of recording, the second one excluded.
        not_kinds: kinds or families that are left out.
        words: what entries must say, each of them; see `audit.words`.
        units: only entries of these units and the units below them, none that belongs to no unit.
    """

    kinds: tuple[str, ...] = ()
    actor: str = ""
    subject_kind: str = ""
    subject: str = ""
    goal: str = ""
    decision: str = ""
    outcome: str = ""
    request_id: str = ""
    trace_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    not_kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


NO_FILTER = Filters()


@dataclass(frozen=True)
class Page:
    """Entries, newest first; `older` is what to pass as `before` for the next page."""

    entries: list[Entry]
    older: int | None = field(default=None)


def visible(scopes: Iterable[str]) -> QuerySet[Entry]:
    """Entries of these units and the units below them; `""` stands for everything there is.

    Of what belongs to no unit, whoever is in one sees what binds every unit (`SHARED`). The rest,
    such as keys, holds, erasures and exports, is for readers of everything.
    """
    return Entry.objects.filter(_visible(scopes))


def _visible(scopes: Iterable[str]) -> Q:
    units = set(scopes)
    if "" in units:
        return Q()
    if not units:
        return Q(pk__in=[])
    return Q(scope="", subject_kind__in=SHARED) | _of_units(units)


def is_visible(scopes: Iterable[str], scope: str, subject_kind: str) -> bool:
    """Whether a reader of these units sees an entry of this unit about such a subject: `visible`
    for entries that are at hand.
    """
    units = set(scopes)
    if "" in units:
        return True
    if not scope:
        return bool(units) and subject_kind in SHARED
    return any(scope == unit or scope.startswith(f"{unit}/") for unit in units)


def matching(scopes: Iterable[str], filters: Filters = NO_FILTER) -> QuerySet[Entry]:
    """Visible entries that match."""
    found = Entry.objects.filter(condition(scopes, filters))
    says = [SAYS] * len(filters.words)
    return found.extra(where=says, params=parameters(filters.words))  # noqa: S610 - our SQL


def condition(scopes: Iterable[str], filters: Filters = NO_FILTER) -> Q:
    """What visible entries fulfil that match, but for the words they say."""
    exact = {
        "actor_id": filters.actor,
        "subject_kind": filters.subject_kind,
        "subject_id": filters.subject,
        "goal": filters.goal,
        "decision": filters.decision,
        "outcome": filters.outcome,
        "request_id": filters.request_id,
        "trace_id": filters.trace_id,
        "recorded_at__gte": filters.since,
        "recorded_at__lt": filters.until,
    }
    wanted = _visible(scopes) & Q(**{name: value for name, value in exact.items() if value})
    if filters.kinds:
        wanted &= _kinds(filters.kinds)
    if filters.units:
        wanted &= _of_units(filters.units)
    if filters.not_kinds:
        wanted &= ~_kinds(filters.not_kinds)
    return wanted


def _of_units(units: Iterable[str]) -> Q:
    """Entries of these units and below: `0` is the character after the stroke."""
    condition = Q(pk__in=[])
    for unit in sorted(units):
        condition |= Q(scope=unit) | Q(scope__gte=f"{unit}/", scope__lt=f"{unit}0")
    return condition


def _kinds(kinds: Sequence[str]) -> Q:
    condition = Q(kind__in=[kind for kind in kinds if not kind.endswith(".*")])
    for family in (kind[:-2] for kind in kinds if kind.endswith(".*")):
        condition |= Q(kind__gte=f"{family}.", kind__lt=f"{family}/")
    return condition


def entries(
    scopes: Iterable[str],
    filters: Filters = NO_FILTER,
    *,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """A page of visible entries, newest first; `before` continues an earlier page."""
    found = matching(scopes, filters)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found.order_by("-id")[: limit + 1])
    older = rows[limit - 1].id if len(rows) > limit else None
    return Page(rows[:limit], older)


def find(scopes: Iterable[str], entry_id: str | UUID) -> Entry | None:
    """One visible entry by its entry_id, sealed or not; of forged copies the oldest."""
    return visible(scopes).filter(entry_id=UUID(str(entry_id))).order_by("id").first()


def causes(scopes: Iterable[str], entry: Entry, *, most: int = 50) -> list[Entry]:
    """The entry's causes by `parent`, nearest first, as far as the reader may see them."""
    units = list(scopes)
    chain: list[Entry] = []
    cause = find(units, entry.parent) if entry.parent else None
    while cause is not None and len(chain) < most:
        chain.append(cause)
        cause = find(units, cause.parent) if cause.parent else None
    return chain


def body(entry: Entry) -> dict[str, Any]:
    """What the entry says, read from its canonical text; of a damaged text only that it is."""
    try:
        said: dict[str, Any] = orjson.loads(entry.body)
    except orjson.JSONDecodeError as error:
        # somebody altered the row behind our back: the page must still show it
        return {"damaged": f"this text is not JSON ({error}); verify the ledger"}
    return said
