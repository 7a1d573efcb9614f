"""Entries and payloads of the open transaction, waiting to be written as one statement.

Django knows which savepoints were rolled back: it drops the callbacks registered under them. So a
do-nothing callback is registered per savepoint, and entries whose callback is gone are dropped too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.entries import ENTRY_RECORD, INSERT_ENTRIES
from audit.errors import OutsideTransaction
from audit.payload_rows import INSERT_PAYLOADS, PAYLOAD_RECORD

Row = dict[str, Any]
Marker = Callable[[], None]

_FLUSH = f"""
with doc as materialized (select %s::jsonb as j),
payload as ({INSERT_PAYLOADS} doc, jsonb_to_recordset(doc.j->'payloads') as {PAYLOAD_RECORD}),
entry as ({INSERT_ENTRIES} doc, jsonb_to_recordset(doc.j->'entries') as {ENTRY_RECORD})
select 1
"""


class Buffer:
    """What one transaction on one connection will write just before it commits."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.payloads: dict[str, Row] = {}
        self._entries: list[tuple[Marker, Row]] = []
        self._markers: dict[tuple[str | None, ...], Marker] = {}

    def add_entry(self, row: Row) -> None:
        """Keep an entry unless the savepoint that is open now is rolled back."""
        self._entries.append((self._marker(), row))

    def add_payload(self, row: Row) -> None:
        """Keep a payload; one that nothing refers to in the end does no harm."""
        self.payloads[row["digest"]] = row

    def count_about(self, goal: str) -> int:
        """How many of the entries kept so far are about a goal."""
        return sum(row["goal"] == goal for row in self._alive())

    def flush(self) -> None:
        """Write everything as one statement."""
        kept = self._surviving()
        if not kept and not self.payloads:
            return
        rows = {"payloads": list(self.payloads.values()), "entries": kept}
        with self.connection.cursor() as cursor:
            cursor.execute(_FLUSH, [orjson.dumps(rows).decode()])

    def _marker(self) -> Marker:
        key = tuple(self.connection.savepoint_ids)
        if key not in self._markers:

            def marker() -> None:
                """Nothing to do on commit; only its absence after a rollback means anything."""

            self._markers[key] = marker
            self.connection.on_commit(marker)
        return self._markers[key]

    def _surviving(self) -> list[Row]:
        alive = self._alive()
        ours = {id(marker) for marker in self._markers.values()}
        self.connection.run_on_commit = [
            callback for callback in self.connection.run_on_commit if id(callback[1]) not in ours
        ]
        return alive

    def _alive(self) -> list[Row]:
        """The entries whose savepoint was not rolled back."""
        known = {id(callback[1]) for callback in self.connection.run_on_commit}
        return [row for marker, row in self._entries if id(marker) in known]


class _Open(threading.local):
    buffer: Buffer | None = None


_open = _Open()


def current() -> Buffer | None:
    """The buffer of this thread's open transaction, if there is one."""
    return _open.buffer


def required() -> Buffer:
    """The buffer of this thread's open transaction; raises OutsideTransaction without one."""
    if _open.buffer is None:
        raise OutsideTransaction
    return _open.buffer


def replace(buffer: Buffer | None) -> None:
    """Make a buffer this thread's current one."""
    _open.buffer = buffer
