"""How the ledger fares now, for the seal on every screen and for `ledger status`.

All times are the database's, so that a wrong clock elsewhere colours nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from audit.checkpoints import Stored, newest
from audit.notes import BadNote
from audit.witness_policy import WitnessPolicy
from audit.witness_state import WitnessState, quorate_size, witness_states
from audit.witnessing import known_policy

SILENT = timedelta(seconds=30)
"""The sealer reports every five seconds; after this long it is taken for dead."""

LATE = timedelta(seconds=15)
"""An entry unsealed for longer than this means that sealing does not keep up."""

UNWITNESSED = timedelta(seconds=60)
"""A checkpoint that too few have cosigned for this long means that witnessing does not keep up."""

UNWITNESSED_TEXT = "ledger sealed, unwitnessed"
ELSEWHERE = (
    "This machine runs its own witness, which shows the mechanism and protects nobody:"
    " a real witness runs on another host, under another administrator."
)
NO_WITNESS = (
    "Without a witness, whoever holds the database and the signing key could cut or rewrite the"
    " ledger unseen: run `manage.py ledger_witness` on another host, and list it in"
    " DATA/ledger/witnesses."
)

_SEALER = "select seen_at, problem, witness_problem, now() from audit_sealer where id = 1"
_PENDING = """
select count(*), min(e.recorded_at) from audit_entry e
where e.id > %s and (e.xid >= %s::xid8 or e.xid = any(%s::text[]::xid8[]))
"""
_FIRST_AFTER = "select made_at from audit_checkpoint where size > %s order by size, id limit 1"
_LAGS = """
with tree as (
  select leaf_index + cardinality(entries) as size from audit_leaf
  order by leaf_index desc limit 1),
latest as materialized (
  select l.leaf_index, l.entry from tree cross join audit_leaves(tree.size - %s, tree.size) l),
lags as (
  select extract(epoch from (select c.made_at from audit_checkpoint c
    where c.size > latest.leaf_index order by c.size, c.id limit 1) - e.recorded_at) as lag
  from latest join audit_entry e on e.id = latest.entry)
select count(lag), percentile_cont(0.5) within group (order by lag),
  percentile_cont(0.99) within group (order by lag) from lags
"""


@dataclass(frozen=True)
class SealState:
    """The state of the seal.

    Attributes:
        colour: `green` sealed and witnessed, `amber` sealed and unwitnessed, `red` on any failure.
        summary: a sentence for people.
        size: sealed entries. pending: entries that wait. oldest: since when the oldest one waits.
        sealed_at: time of the newest checkpoint.
        witnessed: size of the newest tree that enough witnesses cosigned; None without.
        witnesses: each witness of the policy.
        quorum: how many of them must sign, in words; empty without witnesses.
        advice: what would make it safer, or empty.
    """

    colour: str
    summary: str
    size: int
    pending: int
    oldest: datetime | None
    sealed_at: datetime | None
    witnessed: int | None
    witnesses: tuple[WitnessState, ...] = ()
    quorum: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Lag:
    """How long entries waited until they were sealed, in seconds, over the latest ones."""

    entries: int
    median_s: float
    p99_s: float


def seal_state() -> SealState:
    """Read the state; a few indexed look-ups."""
    last = newest()
    seen_at, problem, policy_problem, now = _sealer()
    pending, oldest = _pending(last)
    size = last.size if last else 0
    try:
        policy = known_policy()
    except BadNote as error:
        policy, policy_problem = WitnessPolicy(), str(error)
    witnesses = witness_states(policy)
    witnessed = quorate_size(policy, witnesses)
    reason = problem or _delay(now, seen_at, oldest)
    if last is None and not reason:
        reason = "nothing has been sealed yet"
    doubt = policy_problem or _clock(now, last)
    colour, summary = (
        ("red", reason) if reason else _judge(doubt, list(witnesses.values()), witnessed, size, now)
    )
    return SealState(
        colour,
        summary,
        size,
        pending,
        oldest,
        last.made_at if last else None,
        witnessed,
        tuple(witnesses.values()),
        policy.said() if witnesses else "",
        _advice(list(witnesses.values())),
    )


def seal_lag(entries: int = 1000) -> Lag | None:
    """How long the latest sealed entries waited; None when nothing is sealed."""
    with connection.cursor() as cursor:
        cursor.execute(_LAGS, [entries])
        count, median, p99 = cursor.fetchone()
    return Lag(int(count), float(median), float(p99)) if count else None


def _judge(
    doubt: str,
    witnesses: list[WitnessState],
    witnessed: int | None,
    size: int,
    now: datetime,
) -> tuple[str, str]:
    objections = [f"{one.name}: {one.problem}" for one in witnesses if one.objects]
    if objections:
        return "red", f"a witness objects: {'; '.join(objections)}"
    if witnessed is not None and witnessed > size:
        return "red", f"witnesses cosigned {witnessed} entries, and {size} are sealed"
    away = [f"witness {one.problem}" for one in witnesses if one.away]
    if doubt:
        return "amber", f"ledger sealed; {doubt}"
    if witnessed is None or _unwitnessed_since(witnessed, size, now):
        return "amber", "; ".join(["ledger sealed", *away] if away else [UNWITNESSED_TEXT])
    behind = "" if witnessed == size else f", witnessed to entry {witnessed}"
    if away and len(away) == len(witnesses):
        return "amber", "; ".join([f"ledger sealed{behind}", *away])
    return "green", "; ".join([f"ledger sealed{behind}", *away])


def _delay(now: datetime, seen_at: datetime, oldest: datetime | None) -> str:
    if now - seen_at > SILENT:
        return f"the sealer has not reported for {int((now - seen_at).total_seconds())} s"
    if oldest is not None and now - oldest > LATE:
        return f"entries wait for {int((now - oldest).total_seconds())} s to be sealed"
    return ""


def _clock(now: datetime, last: Stored | None) -> str:
    """Whether the database's clock says less than it once did."""
    if last is None or last.made_at - now <= SILENT:
        return ""
    ahead = int((last.made_at - now).total_seconds())
    return (
        f"the database's clock was set back: the newest checkpoint is dated {ahead} s from now;"
        " entries are sealed in order as before, but their times are in doubt"
    )


def _sealer() -> tuple[datetime, str, str, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_SEALER)
        seen_at, problem, witness_problem, now = cursor.fetchone()
    return seen_at, problem, witness_problem, now


def _pending(last: Stored | None) -> tuple[int, datetime | None]:
    floor, next_xid, running = (last.floor, last.next_xid, last.open_xids) if last else (0, "0", ())
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [floor, next_xid, "{" + ",".join(running) + "}"])
        count, oldest = cursor.fetchone()
    return int(count), oldest


def _unwitnessed_since(witnessed: int, size: int, now: datetime) -> bool:
    """Whether a checkpoint has waited too long for enough signatures."""
    if witnessed >= size:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_AFTER, [witnessed])
        found = cursor.fetchone()
    return bool(found) and now - found[0] > UNWITNESSED


def _advice(witnesses: list[WitnessState]) -> str:
    if not witnesses:
        return NO_WITNESS
    return ELSEWHERE if all(one.local for one in witnesses) else ""
