"""What may go and what must stay: legal holds, lawful erasure, removal of old payloads.

Entries are never removed. Erasing a person destroys the key under which that person's leaves were
encrypted; retention removes payloads. Proofs hold as before, since digests cover what was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from psycopg.errors import RaiseException

from audit import ledger, payloads
from audit.canonical import instant
from audit.entries import Actor, Draft
from audit.errors import LedgerError
from audit.identifiers import new_id

LOCK = 7_233_011
"""The advisory lock under which holds and erasures take turns."""

PORTION = 5000
"""Payloads removed in one transaction at most."""


class UnderHold(LedgerError):
    """A legal hold covers what would be erased."""


class NothingToErase(LedgerError, LookupError):
    """No key is kept for this subject: nothing of theirs was recorded, or it was erased before."""


@dataclass(frozen=True)
class Hold:
    """A legal hold: what it covers and since when."""

    id: str
    covers: str
    value: str
    placed_at: datetime


def holding_still() -> None:
    """Let holds and what they forbid happen one after the other until the transaction ends.

    So the order of their entries is the order in which they took effect, whatever the clock says.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def place_hold(*, covers: str, value: str, reason: str, actor: Actor, scope: str = "") -> str:
    """Forbid erasure and removal of what a matter needs; returns the hold's id.

    `covers` is `subject`, `goal`, `scope` or `everything`; `value` says which one.
    """
    if covers not in ("subject", "goal", "scope", "everything") or bool(value) == (
        covers == "everything"
    ):
        raise LedgerError("a hold covers one subject, goal or scope, or everything")
    hold = str(new_id())
    with ledger.transaction():
        holding_still()
        said = {"covers": covers, "value": value, "reason": payloads.store(reason)}
        entry = _record("hold.placed", actor, ("hold", hold), scope, said)
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into audit_hold (id, covers, value, entry) values (%s, %s, %s, %s)",
                [hold, covers, value, entry],
            )
    return hold


def release_hold(*, hold: str, reason: str, actor: Actor, scope: str = "") -> None:
    """End a hold; raises LedgerError if it is not in force."""
    with ledger.transaction():
        holding_still()
        with connection.cursor() as cursor:
            cursor.execute(
                "update audit_hold set released_at = now() where id = %s and released_at is null",
                [hold],
            )
            if not cursor.rowcount:
                raise LedgerError(f"no hold {hold} is in force")
        _record("hold.released", actor, ("hold", hold), scope, {"reason": payloads.store(reason)})


def holds() -> list[Hold]:
    """Holds in force, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id::text, covers, value, placed_at from audit_hold"
            " where released_at is null order by placed_at desc"
        )
        return [Hold(*row) for row in cursor.fetchall()]


def erase_subject(*, subject: str, reason: str, actor: Actor, scope: str = "") -> str:
    """Destroy a person's key, so that nothing encrypted under it can be read; returns its id.

    Raises UnderHold or NothingToErase; nothing is changed then.
    """
    with ledger.transaction():
        holding_still()
        said = {"key": _key_of(subject), "reason": payloads.store(reason)}
        entry = _record("subject.erased", actor, ("person", subject), scope, said)
        try:
            with connection.cursor() as cursor:
                cursor.execute("select audit_erase_subject(%s, %s::uuid)", [subject, entry])
        except DatabaseError as error:
            if isinstance(error.__cause__, RaiseException):
                raise UnderHold("a legal hold covers what would be erased") from error
            raise
    return str(said["key"])


def remove_payloads(*, before: datetime, actor: Actor, scope: str = "") -> int:
    """Remove payloads recorded before a moment, those under a hold excepted; returns how many."""
    total = 0
    while True:
        with ledger.transaction():
            holding_still()
            said = {"before": instant(before), "most": PORTION}
            entry = _record("payloads.removed", actor, ("ledger", "payloads"), scope, said)
            with connection.cursor() as cursor:
                cursor.execute(
                    "select audit_remove_payloads(%s, %s::uuid, %s)", [before, entry, PORTION]
                )
                removed = int(cursor.fetchone()[0])
        total += removed
        if removed < PORTION:
            return total


def _key_of(subject: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select id::text from audit_subject_key where subject = %s", [subject])
        found = cursor.fetchone()
    if found is None:
        raise NothingToErase(f"no key is kept for {subject!r}: nothing of theirs can be read")
    return str(found[0])


def _record(
    kind: str, actor: Actor, subject: tuple[str, str], scope: str, said: dict[str, Any]
) -> str:
    return ledger.append(
        Draft(
            kind=kind,
            actor=actor,
            subject_kind=subject[0],
            subject_id=subject[1],
            scope=scope,
            data=said,
        )
    )
