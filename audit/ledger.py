"""Writing to the ledger: the one door for acts, and the side door for what was refused.

An act and its entries commit together or not at all. No lock is shared between writers; the sealer
gives entries their index later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db import transaction as database

from audit import buffer
from audit.buffer import Buffer
from audit.entries import ENTRY_RECORD, INSERT_ENTRIES, Draft, row

_INSERT = f"{INSERT_ENTRIES} jsonb_to_recordset(%s::jsonb) as {ENTRY_RECORD}"


@contextmanager
def transaction() -> Iterator[None]:
    """A transaction whose entries and payloads are written, in one statement, as its last act.

    Nested in another one it is a savepoint: if it fails, its entries are dropped with its rows.
    """
    if buffer.current() is not None:
        with database.atomic():
            yield
        return
    opened = Buffer(connections[DEFAULT_DB_ALIAS])
    buffer.replace(opened)
    try:
        with database.atomic():
            yield
            if not connection.needs_rollback:
                opened.flush()
    finally:
        buffer.replace(None)


def append(draft: Draft) -> str:
    """Add an entry to the open transaction; returns its entry_id.

    Raises:
        OutsideTransaction: no `ledger.transaction()` is open in this thread.
        ProfileViolation: the draft has no canonical form.
    """
    waiting = buffer.required()
    record = row(draft)
    waiting.add_entry(record)
    return str(record["entry_id"])


def waiting_about(goal: str) -> int:
    """How many entries about a goal the open transaction is going to write so far."""
    return buffer.required().count_about(goal)


def append_autonomous(draft: Draft) -> str:
    """Write an entry at once on a second connection, whatever becomes of the open transaction.

    For what must be known although it was refused: a denial whose transaction rolls back, a failed
    sign-in. Returns the entry_id; raises ProfileViolation as `append` does.
    """
    record = row(draft)
    second = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with second.cursor() as cursor:
            cursor.execute(_INSERT, [orjson.dumps([record]).decode()])
    finally:
        second.close()
    return str(record["entry_id"])
