"""Following the ledger with what entries say: every entry between two positions, page by page.

The positions are those of `audit.following`; pages are cut by id within one pair of positions, so
that none is missed and none comes twice however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import DataError, connection

from audit.following import UnknownPosition

PAGE = 2_000

_BETWEEN = """
select id, entry_id::text, kind, subject_kind, subject_id, scope, goal::text, actor_kind, actor_id,
  occurred_at, body
from audit_entry
where xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
  and not pg_visible_in_snapshot(xid, %(since)s::pg_snapshot)
  and pg_visible_in_snapshot(xid, %(until)s::pg_snapshot)
  and id > greatest(%(after)s,
    coalesce((select floor from audit_checkpoint order by id desc limit 1), 0))
  and subject_kind in (select jsonb_array_elements_text(%(kinds)s::jsonb))
order by id limit %(most)s
"""

_BEFORE = """
select id, entry_id::text, kind, subject_kind, subject_id, scope, goal::text, actor_kind, actor_id,
  occurred_at, body
from audit_entry
where id > (select coalesce(max(id), 0) from audit_entry) - %(most)s
  and id > coalesce((select floor from audit_checkpoint order by id desc limit 1), 0)
  and pg_visible_in_snapshot(xid, %(until)s::pg_snapshot)
  and subject_kind in (select jsonb_array_elements_text(%(kinds)s::jsonb))
order by id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with the facts of its body; of a damaged body there are none."""

    id: int
    entry_id: str
    kind: str
    subject_kind: str
    subject_id: str
    scope: str
    goal: str
    actor_kind: str
    actor_id: str
    at: datetime
    data: dict[str, Any]

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of its subject that it set."""
        found = self.data.get("set")
        return found if isinstance(found, dict) else {}


def told_between(since: str, until: str, kinds: list[str]) -> Iterator[list[Told]]:
    """Entries about these kinds of subject that became visible between two positions, in pages.

    Raises:
        UnknownPosition: one of the texts is no position of this database.
    """
    after, full = 0, True
    while full:
        page = _read(_BETWEEN, since=since, until=until, kinds=kinds, after=after, most=PAGE)
        if page:
            after = page[-1].id
            yield page
        full = len(page) == PAGE


def told_before(until: str, kinds: list[str], most: int) -> list[Told]:
    """The last entries that were visible at a position, among the newest `most` of the ledger."""
    return _read(_BEFORE, until=until, kinds=kinds, most=most)


def _read(query: str, *, kinds: list[str], **values: Any) -> list[Told]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, {**values, "kinds": orjson.dumps(kinds).decode()})
            return [_told(row) for row in cursor.fetchall()]
    except DataError as error:
        raise UnknownPosition(str(values)) from error


def _told(row: tuple[Any, ...]) -> Told:
    try:
        data = orjson.loads(row[10]).get("data", {})
    except orjson.JSONDecodeError:
        data = {}
    identifier, entry_id, kind, subject_kind, subject_id, scope, goal = row[:7]
    actor_kind, actor_id, at = row[7:10]
    return Told(
        id=identifier,
        entry_id=entry_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        scope=scope,
        goal=goal or "",
        actor_kind=actor_kind,
        actor_id=actor_id,
        at=at,
        data=data,
    )
