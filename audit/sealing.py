"""The sealer: gives entries their place in the tree and signs the tree about once a second.

Entries of transactions that were not finished at the last checkpoint are exactly those whose
transaction id its snapshot calls invisible. So each entry is taken once, no entry is ever updated,
writers share no lock, and a long transaction delays nobody's entries but its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from audit import ledger
from audit.checkpoints import Stored, newest
from audit.entries import Draft
from audit.key_ring import LEDGER
from audit.keys import SigningKey
from audit.notes import Note, TreeHead
from audit.tiles import Edge, Tile, split
from audit.tree import load_edge

LOCK = 7_233_010
"""The advisory lock that makes the sealer one."""

# A run never reaches over the bounds of a tile, so that a tile is found by its number.
_PLACE = """
with pending as materialized (
  select %s::bigint + row_number() over (order by id) - 1 as place, id, leaf_hash
  from audit_entry e where {condition}),
placed as (
  insert into audit_leaf (leaf_index, entries, hashes)
  select min(place), array_agg(id order by place), string_agg(leaf_hash, ''::bytea order by place)
  from pending group by place >> 8
  returning leaf_index, hashes)
select coalesce(string_agg(hashes, ''::bytea order by leaf_index), ''::bytea) from placed
"""
_SINCE = "id > %s::bigint and (xid >= %s::xid8 or xid = any(%s::text[]::xid8[]))"
_UNPLACED = (
    "not exists (select from (select unnest(entries) as entry from audit_leaf) l"
    " where l.entry = e.id)"
)
_TILE = "insert into audit_tile (level, number, hashes, root) values (%s, %s, %s, %s)"
_CHECKPOINT = (
    "insert into audit_checkpoint (size, root, note, snapshot, system_identifier, floor)"
    " values (%s, %s, %s, pg_current_snapshot(), %s, %s)"
)
_FOREIGN = (
    "select coalesce(max(id), 0) from audit_entry"
    " where xid >= pg_snapshot_xmax(pg_current_snapshot())"
)


@dataclass(frozen=True)
class Sealed:
    """What one pass did: how many entries it placed, and the size and root after it."""

    entries: int
    size: int
    root: bytes
    signed: bool


class Sealer:
    """Goes on from the newest checkpoint; keeps the tree's right edge between passes."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self._edge: Edge | None = None

    def seal(self, *, heartbeat: bool = False) -> Sealed:
        """Place all committed entries that have no place yet, and sign the tree if it grew.

        With `heartbeat` it is signed though nothing happened. One transaction: a crash at any line
        leaves the last checkpoint and everything after it to be done again.
        """
        try:
            with transaction.atomic():
                done, edge = self._pass(heartbeat)
        except BaseException:
            self._edge = None
            raise
        self._edge = edge
        return done

    def _pass(self, heartbeat: bool) -> tuple[Sealed, Edge]:
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read")
        last = newest()
        here = _system_identifier()
        restored = last is not None and last.system_identifier != here
        edge = self._edge_at(last)
        floor = last.floor if last else 0
        if restored:
            floor = _foreign_floor()
        leaves = _place(edge.size, None if restored else last)
        tiles = edge.extend(leaves)
        root = edge.root()
        signed = bool(leaves) or heartbeat or last is None or restored
        if signed:
            _write_tiles(tiles)
            self._sign(edge.size, root, here, floor)
        return Sealed(len(leaves), edge.size, root, signed), edge

    def _edge_at(self, last: Stored | None) -> Edge:
        size = last.size if last else 0
        if self._edge is not None and self._edge.size == size:
            return self._edge.copy()
        edge = load_edge(size)
        if last is not None and edge.root() != last.root:
            raise BrokenTree(last)
        return edge

    def _sign(self, size: int, root: bytes, here: str, floor: int) -> None:
        text = str(TreeHead(self.key.verifier.name, size, root))
        note = Note(text, (self.key.sign(text),))
        with connection.cursor() as cursor:
            cursor.execute(_CHECKPOINT, [size, root, str(note), here, floor])


class BrokenTree(Exception):
    """The stored tree no longer leads to the newest checkpoint's root: nothing may be signed."""

    def __init__(self, checkpoint: Stored) -> None:
        super().__init__(
            f"the stored tree does not lead to the root of checkpoint {checkpoint.id}"
            f" (size {checkpoint.size}): run `manage.py ledger verify`"
        )
        self.checkpoint = checkpoint


def note_restore() -> bool:
    """Record that the tables came from another server, once; True if they did.

    Called before the first pass, so that the entry is among those the pass places.
    """
    last = newest()
    here = _system_identifier()
    if last is None or last.system_identifier == here:
        return False
    with ledger.transaction():
        ledger.append(
            Draft(
                kind="ledger.restored",
                actor=LEDGER,
                subject_kind="ledger",
                subject_id="log",
                scope="",
                data={"size": last.size, "before": last.system_identifier, "after": here},
            )
        )
    return True


def try_lock() -> bool:
    """Become the sealer for as long as this connection lives; False if another one is."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _place(size: int, last: Stored | None) -> list[bytes]:
    """Give indexes to entries that have none; returns their leaf hashes in order."""
    condition, arguments = _UNPLACED, [str(size)]
    if last is not None:
        condition = _SINCE
        running = "{" + ",".join(last.open_xids) + "}"
        arguments = [str(size), str(last.floor), last.next_xid, running]
    with connection.cursor() as cursor:
        cursor.execute(_PLACE.format(condition=condition), arguments)
        return split(bytes(cursor.fetchone()[0]))


def _write_tiles(tiles: list[Tile]) -> None:
    """Write full tiles; the hashes of level 0 stand in the runs of leaves already."""
    rows = [
        (tile.level, tile.number, b"".join(tile.hashes) if tile.level else b"", tile.root)
        for tile in tiles
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_TILE, rows)


def _system_identifier() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select system_identifier::text from pg_control_system()")
        return str(cursor.fetchone()[0])


def _foreign_floor() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN)
        return int(cursor.fetchone()[0])
