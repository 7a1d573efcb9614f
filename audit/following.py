"""Following the ledger: which entries became visible since a position, none missed, none twice.

Transactions commit in another order than they take their ids, so "id greater than the last one
seen" misses entries. A position is a snapshot of PostgreSQL (`pg_current_snapshot`): an entry is
news if its transaction was not visible in that snapshot and is visible now. Each reading gives the
position to go on from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import DataError, connection

from audit.errors import LedgerError

_POSITION = "select pg_current_snapshot()::text"

READ = """
select now.position::text, pg_snapshot_xmax(now.position) < %(least)s::xid8, now.checkpoint,
  e.kind, e.subject_kind, e.subject_id, e.scope, e.goal, e.actor_id
from (select pg_current_snapshot() as position,
        (select max(id) from audit_checkpoint) as checkpoint) as now
left join (
  select kind, subject_kind, subject_id, scope, goal::text, actor_id from audit_entry
  where xid >= %(least)s::xid8 and not pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
    and id > coalesce((select floor from audit_checkpoint order by id desc limit 1), 0)
  order by xid limit %(most)s) as e on true
"""
"""Ordered, so that the planner takes the index on xid whatever it knows of the table.

What came from another server bears that server's transaction ids. It lies below the floor, and is
no news.
"""

_POSITION_FORM = re.compile(r"(\d{1,19}):\d{1,19}:[\d,]*")


class UnknownPosition(LedgerError):
    """The text is no position, or one of another database."""


@dataclass(frozen=True, slots=True)
class News:
    """What one entry is about; its body is left where it is."""

    kind: str
    subject_kind: str
    subject_id: str
    scope: str
    goal: str | None
    actor_id: str


@dataclass(frozen=True)
class Reading:
    """Entries that became visible, in no particular order, and the position to go on from.

    Attributes:
        complete: False when there were more than asked for; the rest is left out.
        checkpoint: the number of the newest checkpoint, None before the first.
    """

    position: str
    news: list[News]
    complete: bool
    checkpoint: int | None


def position() -> str:
    """The position now: what is committed lies before it, what commits later lies after it."""
    with connection.cursor() as cursor:
        cursor.execute(_POSITION)
        return str(cursor.fetchone()[0])


def read_since(since: str, *, most: int = 5000) -> Reading:
    """Entries that became visible after a position, at most so many.

    Raises:
        UnknownPosition: `since` is no position, or lies in this database's future.
    """
    rows = _rows(since, most + 1)
    here, in_future, checkpoint = rows[0][:3]
    if in_future:
        raise UnknownPosition(since)
    news = [News(*row[3:]) for row in rows if row[3] is not None]
    return Reading(here, news[:most], len(news) <= most, checkpoint)


def _rows(since: str, most: int) -> list[tuple[Any, ...]]:
    form = _POSITION_FORM.fullmatch(since)
    if form is None:
        raise UnknownPosition(since)
    try:
        with connection.cursor() as cursor:
            cursor.execute(READ, {"least": form[1], "since": since, "most": most})
            return list(cursor.fetchall())
    except DataError as error:
        raise UnknownPosition(since) from error
