"""What a verification reads from the tables, row by row and nothing more than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from audit.payload_rows import digest_of
from audit.reports import Report
from audit.rows import SELECTED, CheckedRow, check_row, fields
from audit.tiles import WIDTH, Tile, split

_PENDING = (
    "copy (select coalesce(pg_visible_in_snapshot(e.xid, c.snapshot) or e.id <= c.floor, false)"  # noqa: S608
    "   or not pg_visible_in_snapshot(e.xid, pg_current_snapshot()),"
    f" {SELECTED} from audit_entry e"
    " left join audit_leaf l on l.entry = e.id"
    " left join (select * from audit_checkpoint order by id desc limit 1) c on true"
    " where l.leaf_index is null order by e.id) to stdout"
)
_PAYLOADS = (
    "copy (select encode(digest, 'hex'), encode(salt, 'hex'), body from audit_payload) to stdout"
)
_LOST = (
    "select min(id), entry_id::text, encode(payload, 'hex') from audit_entry e"
    " where payload is not null"
    " and not exists (select from audit_payload p where p.digest = e.payload)"
    " and not exists (select from audit_removal r join audit_entry x on x.entry_id = r.entry"
    "   and x.kind = 'payloads.removed' where r.digest = e.payload)"
    " group by 2, 3 order by 1 limit 50"
)


_UNREADABLE = (
    "select distinct k from audit_payload p, unnest(p.subjects) k where p.subjects is not null"
    " and not exists (select from audit_subject_key s where s.id::text = k)"
    " and not exists (select from audit_erasure x join audit_entry e on e.entry_id = x.entry"
    "   and e.kind = 'subject.erased' and e.subject_id = x.subject where x.key::text = k)"
    " limit 50"
)
_WHILE_HELD = (
    "select x.subject, x.entry::text from audit_erasure x join audit_entry placed"
    "   on placed.kind = 'hold.placed' and placed.recorded_at < x.erased_at"
    "   and placed.body::jsonb->'data'->>'covers' in ('subject', 'everything')"
    "   and placed.body::jsonb->'data'->>'value' in (x.subject, '')"
    " where not exists (select from audit_entry freed where freed.kind = 'hold.released'"
    "   and freed.subject_id = placed.subject_id and freed.recorded_at < x.erased_at) limit 50"
)


@dataclass(frozen=True)
class PendingRow:
    """An entry without a leaf. It is overdue if the newest checkpoint should have covered it."""

    overdue: bool
    checked: CheckedRow


def _copied(query: str) -> Iterator[list[str]]:
    """Rows of a COPY. The connection can do nothing else until the last row was taken."""
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for line in copy:
            yield fields(bytes(line).decode().rstrip("\n"))


def pending_rows() -> Iterator[PendingRow]:
    """Entries that no leaf holds, oldest first."""
    for values in _copied(_PENDING):
        yield PendingRow(values[0] == "t", check_row(values[1:]))


def leaf_count() -> int:
    """How many leaves the tree should have by its highest index."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(leaf_index) + 1, 0) from audit_leaf")
        return int(cursor.fetchone()[0])


def lowest_tiles(start: int, end: int) -> dict[int, Tile]:
    """Stored tiles of level 0 by number, for the leaves start..end-1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, hashes, root from audit_tile"
            " where level = 0 and number >= %s and number < %s",
            [start // WIDTH, end // WIDTH],
        )
        return {
            number: Tile(0, number, tuple(split(bytes(hashes))), bytes(root))
            for number, hashes, root in cursor.fetchall()
        }


def upper_tiles() -> dict[tuple[int, int], Tile]:
    """Stored tiles above level 0; there are few."""
    with connection.cursor() as cursor:
        cursor.execute("select level, number, hashes, root from audit_tile where level > 0")
        return {
            (level, number): Tile(level, number, tuple(split(bytes(hashes))), bytes(root))
            for level, number, hashes, root in cursor.fetchall()
        }


def payload_faults(report: Report) -> int:
    """Check every payload against its digest and every reference against the store."""
    count = 0
    for digest, salt, body in _copied(_PAYLOADS):
        count += 1
        if digest_of(bytes.fromhex(salt), body.encode()) != f"sha256:{digest}":
            report.add(-1, "", f"payload sha256:{digest} does not match its digest")
    with connection.cursor() as cursor:
        cursor.execute(_LOST)
        for _, entry, digest in cursor.fetchall():
            report.add(-1, entry, f"its payload sha256:{digest} is missing")
        cursor.execute(_UNREADABLE)
        for (key,) in cursor.fetchall():
            report.add(-1, "", f"the key {key} of a person is gone and no entry says who erased it")
        cursor.execute(_WHILE_HELD)
        for subject, entry in cursor.fetchall():
            report.add(-1, entry, f"subject {subject} was erased under a legal hold")
    return count
