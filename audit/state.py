"""How the ledger fares now, for the seal on every screen and for `ledger status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from audit.checkpoints import newest
from audit.witnessing import UNREACHABLE

SILENT = timedelta(seconds=30)
"""The sealer reports every five seconds; after this long it is taken for dead."""

LATE = timedelta(seconds=15)
"""An entry unsealed for longer than this means that sealing does not keep up."""

_PENDING = """
select count(*), min(e.recorded_at) from audit_entry e
where e.id > %s and (e.xid >= %s::xid8 or e.xid = any(%s::text[]::xid8[]))
"""


@dataclass(frozen=True)
class SealState:
    """The state of the seal.

    Attributes:
        colour: `green` sealed and witnessed, `amber` sealed and unwitnessed, `red` on any failure.
        summary: a sentence for people.
        size: sealed entries. pending: entries that wait. oldest: since when the oldest one waits.
        sealed_at: time of the newest checkpoint. witnessed: size of the newest cosigned tree.
    """

    colour: str
    summary: str
    size: int
    pending: int
    oldest: datetime | None
    sealed_at: datetime | None
    witnessed: int | None


def seal_state() -> SealState:
    """Read the state; a few indexed look-ups."""
    last = newest()
    seen_at, problem, witness_problem = _sealer()
    pending, oldest = _pending()
    size = last.size if last else 0
    witnessed = _witnessed_size()
    now = timezone.now()
    reason = problem or _delay(now, seen_at, oldest)
    if last is None and not reason:
        reason = "nothing has been sealed yet"
    colour, summary = _judge(reason, witness_problem, witnessed, size)
    return SealState(
        colour, summary, size, pending, oldest, last.made_at if last else None, witnessed
    )


def _judge(reason: str, witness_problem: str, witnessed: int | None, size: int) -> tuple[str, str]:
    if reason:
        return "red", reason
    if witness_problem.startswith(UNREACHABLE):
        return "amber", f"ledger sealed; witness {witness_problem}"
    if witness_problem:
        return "red", f"a witness objects: {witness_problem}"
    if witnessed is None:
        return "amber", "ledger sealed, unwitnessed"
    behind = "" if witnessed == size else f", witnessed to entry {witnessed}"
    return "green", f"ledger sealed{behind}"


def _delay(now: datetime, seen_at: datetime, oldest: datetime | None) -> str:
    if now - seen_at > SILENT:
        return f"the sealer has not reported for {int((now - seen_at).total_seconds())} s"
    if oldest is not None and now - oldest > LATE:
        return f"entries wait for {int((now - oldest).total_seconds())} s to be sealed"
    return ""


def _sealer() -> tuple[datetime, str, str]:
    with connection.cursor() as cursor:
        cursor.execute("select seen_at, problem, witness_problem from audit_sealer where id = 1")
        seen_at, problem, witness_problem = cursor.fetchone()
    return seen_at, problem, witness_problem


def _pending() -> tuple[int, datetime | None]:
    last = newest()
    floor, next_xid, running = (last.floor, last.next_xid, last.open_xids) if last else (0, "0", ())
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [floor, next_xid, "{" + ",".join(running) + "}"])
        count, oldest = cursor.fetchone()
    return int(count), oldest


def _witnessed_size() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("select max(size) from audit_cosignature")
        found = cursor.fetchone()[0]
    return None if found is None else int(found)
