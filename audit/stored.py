"""What a verification reads from the tables, row by row and nothing more than it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from audit.leaves import place
from audit.payload_rows import digest_of
from audit.reports import Report
from audit.rows import SELECTED, CheckedRow, check_row, fields
from audit.tiles import WIDTH, Tile, split

_PENDING = (
    "copy (select (c.system_identifier is null or c.system_identifier ="  # noqa: S608
    "     (select system_identifier::text from pg_control_system())) and"
    "   (coalesce(pg_visible_in_snapshot(e.xid, c.snapshot) or e.id <= c.floor, false)"
    "   or not pg_visible_in_snapshot(e.xid, pg_current_snapshot())),"
    f" {SELECTED} from audit_entry e"
    " left join (select * from audit_checkpoint order by id desc limit 1) c on true"
    " where not exists (select from audit_placed l where l.entry = e.id) order by e.id) to stdout"
)
_PAYLOADS = (
    "copy (select encode(digest, 'hex'), encode(salt, 'hex'), body from audit_payload) to stdout"
)
_LOST = (
    "select min(e.id), (array_agg(e.entry_id::text order by e.id))[1], m[1]"
    " from audit_entry e,"
    " regexp_matches(e.body, '[[,:]\"sha256:([0-9a-f]{64})\"(?!:)', 'g') m"
    " where e.body like '%%\"sha256:%%'"
    " and not exists (select from audit_payload p where p.digest = decode(m[1], 'hex'))"
    " and not exists (select from audit_removal r where r.digest = decode(m[1], 'hex')"
    "   and (r.entry = any(%s::uuid[]) or exists (select from audit_entry x"
    "     where x.entry_id = r.entry and x.kind = 'payloads.removed')))"
    " group by 3 order by 1 limit 50"
)
"""Every digest that is a value in a body, wherever in it, is that of a payload.

Within a text a quotation mark has a backslash before it, so no text can imitate a value.
"""

_UNREADABLE = (
    "select k, min(encode(p.digest, 'hex')) from audit_payload p, unnest(p.subjects) k"
    " where p.subjects is not null"
    " and not exists (select from audit_subject_key s where s.id::text = k)"
    " and not exists (select from audit_erasure x where x.key::text = k"
    "   and (x.entry = any(%s::uuid[]) or exists (select from audit_entry e"
    "     where e.entry_id = x.entry and e.kind = 'subject.erased' and e.subject_id = x.subject)))"
    " group by k limit 50"
)
_WHILE_HELD = (
    "select x.subject, x.entry::text, erased.id from audit_erasure x"
    " join audit_entry erased on erased.entry_id = x.entry"
    " join audit_entry placed on placed.kind = 'hold.placed' and placed.id < erased.id"
    "   and placed.body::jsonb->'data'->>'covers' in ('subject', 'everything')"
    "   and placed.body::jsonb->'data'->>'value' in (x.subject, '')"
    " where not exists (select from audit_entry freed where freed.kind = 'hold.released'"
    "   and freed.subject_id = placed.subject_id and freed.id < erased.id) limit 50"
)
"""By the order of entries and not by time: a clock that was set back must not alarm anybody."""

_REPEATED = """
with again as materialized (
  select entry_id from audit_entry group by entry_id having count(*) > 1 limit 50)
select id, entry_id::text from (
  select e.id, e.entry_id, row_number() over (partition by e.entry_id order by e.id) as turn
  from audit_entry e join again using (entry_id)) found
where turn > 1 order by id
"""
_OWNER = (
    "select l.leaf_index + array_position(l.entries, e.id) - 1, e.entry_id::text from audit_entry e"
    " left join audit_leaf l on audit_span(l.entries) @> e.id and e.id = any(l.entries)"
    " where e.payload = decode(%s, 'hex') or (e.payload is null and e.body like %s)"
    " order by e.id limit 1"
)


MOST_ALTERED = 50
"""Payload faults that are told one by one."""


@dataclass(frozen=True)
class PendingRow:
    """An entry without a leaf. It is overdue if the newest checkpoint should have covered it."""

    overdue: bool
    checked: CheckedRow


def _copied(query: str) -> Iterator[list[Any]]:
    """Rows of a COPY. The connection can do nothing else until the last row was taken."""
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for line in copy:
            yield fields(bytes(line).decode().rstrip("\n"))


def pending_rows() -> Iterator[PendingRow]:
    """Entries that no leaf holds, oldest first."""
    for values in _copied(_PENDING):
        yield PendingRow(values[0] == "t", check_row(values[1:]))


def lowest_roots(start: int, end: int) -> dict[int, bytes]:
    """Stored roots of the tiles of level 0 by number, for the leaves start..end-1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, root from audit_tile where level = 0 and number >= %s and number < %s",
            [start // WIDTH, end // WIDTH],
        )
        return {number: bytes(root) for number, root in cursor.fetchall()}


def repeated_ids() -> list[tuple[int, str]]:
    """Id and entry_id of entries whose entry_id an earlier entry has."""
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED)
        return [(int(entry), str(name)) for entry, name in cursor.fetchall()]


def upper_tiles() -> dict[tuple[int, int], Tile]:
    """Stored tiles above level 0; there are few."""
    with connection.cursor() as cursor:
        cursor.execute("select level, number, hashes, root from audit_tile where level > 0")
        return {
            (level, number): Tile(level, number, tuple(split(bytes(hashes))), bytes(root))
            for level, number, hashes, root in cursor.fetchall()
        }


def payload_faults(report: Report, acts: Sequence[str] = ()) -> int:
    """Check every payload against its digest and every reference against the store.

    `acts` are removals and erasures that were recorded by entries dropped since.
    """
    altered = []
    count = 0
    for digest, salt, body in _copied(_PAYLOADS):
        count += 1
        if digest_of(bytes.fromhex(salt), body.encode()) != f"sha256:{digest}":
            altered.append(digest)
    for digest in altered[:MOST_ALTERED]:
        report.add(*_owner(digest), f"payload sha256:{digest} does not match its digest")
    known = "{" + ",".join(acts) + "}"
    with connection.cursor() as cursor:
        cursor.execute(_LOST, [known])
        for number, entry, digest in cursor.fetchall():
            leaf = place(number)
            reason = f"its payload sha256:{digest} is missing"
            report.add(-1 if leaf is None else leaf, entry, reason)
        cursor.execute(_UNREADABLE, [known])
        for key, digest in cursor.fetchall():
            reason = f"the key {key} of a person is gone and no entry says who erased it"
            report.add(*_owner(digest), reason)
        cursor.execute(_WHILE_HELD)
        for subject, entry, number in cursor.fetchall():
            leaf = place(number)
            reason = f"subject {subject} was erased under a legal hold"
            report.add(-1 if leaf is None else leaf, entry, reason)
    return count


def _owner(digest: str) -> tuple[int, str]:
    """Leaf index and entry_id of the first entry that refers to a payload; -1 outside the tree."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNER, [digest, f"%sha256:{digest}%"])
        index, entry = cursor.fetchone() or (None, "")
    return (-1 if index is None else index, entry)
