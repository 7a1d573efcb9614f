"""Dropping a month: its entries go, their leaves and hashes stay, so that every proof still holds.

The entry that records it says which leaves have lost their entries, and what a verification needs
of those that went: how far writers who wrote later had counted, and which acts on payloads and
persons were recorded there. Each such entry repeats what those before it said, so that the newest
is enough. Months go in their order, the oldest first, and none under a legal hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from django.db import DatabaseError, connection
from psycopg.errors import LockNotAvailable, RaiseException

from audit import ledger, payloads
from audit.entries import Actor, Draft
from audit.errors import LedgerError
from audit.retention import holding_still
from audit.rows import SELECTED, check_row, fields

KIND = "month.dropped"
ACTS = ("payloads.removed", "subject.erased")
"""Kinds of entries that say why a payload or a person's key is gone."""

_NEWEST = "select body from audit_entry where kind = %s order by id desc limit 1"
_LEAVES = (
    "select l.leaf_index from audit_placed l join audit_entry e on e.id = l.entry"
    " where e.recorded_at >= %s and e.recorded_at < %s order by 1"
)
_ACTS = (
    "select entry_id::text from audit_entry"
    " where kind = any(%s) and recorded_at >= %s and recorded_at < %s order by id"
)
_ROWS = f"copy (select {SELECTED} from audit_entry e where {{where}}) to stdout"  # noqa: S608


class CannotDrop(LedgerError):
    """The month must stay, or does not exist; says why."""


@dataclass(frozen=True)
class Dropped:
    """What is known of entries that were dropped.

    Attributes:
        leaves: first and last index of each run of leaves whose entries went.
        writers: the last number that writers gave to an entry there.
        acts: entry_ids of removals and erasures that were recorded there.
        said: a sentence about it, empty when nothing was dropped.
    """

    leaves: tuple[tuple[int, int], ...] = ()
    writers: dict[str, int] | None = None
    acts: tuple[str, ...] = ()
    said: str = ""

    def covers(self, index: int) -> bool:
        """Whether the entry of this leaf was dropped."""
        return any(first <= index <= last for first, last in self.leaves)


def dropped() -> Dropped:
    """What the newest entry about dropping says."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [KIND])
        found = cursor.fetchone()
    if found is None:
        return Dropped()
    data = orjson.loads(found[0])["data"]
    leaves = tuple((first, last) for first, last in data["leaves"])
    count = sum(last - first + 1 for first, last in leaves)
    said = f"{count} entries up to {data['month']} were dropped under retention; their hashes hold"
    return Dropped(leaves, data["writers"], tuple(data["acts"]), said)


def drop_month(*, month: date, reason: str, actor: Actor) -> int:
    """Drop the entries of a month that ended six months ago or more; returns how many.

    Verify the ledger first: nothing about the content of these entries can be found out later.
    Raises CannotDrop; nothing is changed then.
    """
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    after = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    with ledger.transaction():
        holding_still()
        said = _said(first, after)
        entry = ledger.append(
            Draft(
                kind=KIND,
                actor=actor,
                subject_kind="month",
                subject_id=f"{first:%Y-%m}",
                scope="",
                data={**said, "reason": payloads.store(reason)},
            )
        )
        return _drop(first, entry)


def _drop(first: datetime, entry: str) -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select audit_drop_month(%s, %s::uuid)", [first.date(), entry])
            return int(cursor.fetchone()[0])
    except DatabaseError as error:
        if isinstance(error.__cause__, RaiseException):
            raise CannotDrop(str(error.__cause__.diag.message_primary)) from error
        if isinstance(error.__cause__, LockNotAvailable):
            raise CannotDrop("somebody reads or writes the ledger at length: try later") from error
        raise


def _said(first: datetime, after: datetime) -> dict[str, Any]:
    """What the entry says: about this month and all that went before it."""
    before = dropped()
    span = [first, after]
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, span)
        leaves = [index for (index,) in cursor.fetchall()]
        cursor.execute(_ACTS, [list(ACTS), *span])
        acts = [entry for (entry,) in cursor.fetchall()]
    writers = {**(before.writers or {}), **_writers(f"e.recorded_at < '{after.isoformat()}'")}
    later = {*_writers(f"e.recorded_at >= '{after.isoformat()}'"), _own_writer()}
    return {
        "month": f"{first:%Y-%m}",
        "leaves": _runs(before.leaves, leaves),
        "writers": {writer: number for writer, number in writers.items() if writer in later},
        "acts": [*before.acts, *acts],
    }


def _runs(before: Iterable[tuple[int, int]], indexes: Iterable[int]) -> list[list[int]]:
    """First and last of each run of consecutive numbers."""
    runs: list[list[int]] = []
    for first, last in sorted([*before, *((index, index) for index in indexes)]):
        if runs and runs[-1][1] + 1 == first:
            runs[-1][1] = last
        else:
            runs.append([first, last])
    return runs


def _own_writer() -> str:
    """Under which name this session writes, and so the entry that this will become."""
    with connection.cursor() as cursor:
        cursor.execute("select split_part(current_setting('signalbox.writer', true), ':', 1)")
        return str(cursor.fetchone()[0])


def _writers(where: str) -> dict[str, int]:
    """The highest number of each writer among these entries."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor, cursor.copy(_ROWS.replace("{where}", where)) as copy:
        for line in copy:
            row = check_row(fields(bytes(line).decode().rstrip("\n")))
            found[row.writer] = max(found.get(row.writer, 0), row.number)
    return found
