"""Checks a range of leaves in a process of its own: `python -m audit.range_check`.

Reads one JSON object on standard input and writes one line of JSON and then the leaf hashes. A
process and not a thread, because hashing and comparing a million rows keeps a core busy; without
Django, so that it starts at once.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from psycopg.rows import tuple_row

from audit.rows import SELECTED, CheckedRow, Texts, check_row

HASH_BYTES = 32
UNKNOWN = bytes(HASH_BYTES)
"""Stands for the hash of a leaf whose entry is not there."""

MOST_FAULTS = 50

_SPAN = "select coalesce(min(entry), 0), coalesce(max(entry), 0) from audit_leaves(%s, %s)"
_QUERY = (
    f"select l.leaf_index::text, {SELECTED}"  # noqa: S608 - constants and integers
    " from audit_leaves({start}, {end}) l left join audit_entry e on e.id = l.entry"
    " and e.id between {least} and {most} order by l.leaf_index, e.recorded_at"
)
_BEFORE_ROW = 1


@dataclass
class Found:
    """What a range holds: faults, missing entries, and each writer's numbers and first leaf."""

    start: int
    faults: list[list[Any]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    writers: dict[str, list[int]] = field(default_factory=dict)
    hashes: list[bytes] = field(default_factory=list)

    def fault(self, index: int, entry: str, reason: str) -> None:
        """Remember the first faults; one is enough to condemn, a million fill the memory."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append([index, entry, reason])

    def outcome(self) -> dict[str, Any]:
        """All but the hashes, ready for JSON."""
        return {"faults": self.faults, "missing": self.missing, "writers": self.writers}

    def take(self, values: Texts) -> None:
        """Check the next row of the range."""
        index = int(values[0] or 0)
        expected = self.start + len(self.hashes)
        if index < expected:
            self.fault(index, "", "two rows claim this place")
            return
        for absent in range(expected, index):
            self.fault(absent, "", "the leaf is missing")
            self.hashes.append(UNKNOWN)
        self._place(index, values)

    def _place(self, index: int, values: Texts) -> None:
        if values[-1] is None:
            self.missing.append(index)
            self.hashes.append(UNKNOWN)
            return
        row = check_row(values[_BEFORE_ROW:])
        for reason in row.faults:
            self.fault(index, row.entry_id, reason)
        self._count(index, row)
        self.hashes.append(row.leaf)

    def _count(self, index: int, row: CheckedRow) -> None:
        seen = self.writers.setdefault(row.writer, [row.number, row.number - 1, index])
        if row.number != seen[1] + 1:
            self.fault(index, row.entry_id, gap(row.writer, seen[1], row.number))
        seen[1] = row.number


def gap(writer: str, last: int, number: int) -> str:
    """Says that a writer's own numbering has a hole."""
    return f"writer {writer} numbered it {number} after {last}: an entry is missing between"


def check_range(connection: psycopg.Connection[Any], start: int, end: int) -> Found:
    """Check leaves start..end-1."""
    found = Found(start)
    least, most = connection.execute(_SPAN, [start, end]).fetchone() or (0, 0)
    query = _QUERY.format(start=start, end=end, least=least, most=most)
    with psycopg.Cursor(connection, row_factory=tuple_row) as cursor:
        cursor.execute(query.encode())
        for values in cursor:
            found.take(values)
    return found


def main() -> None:
    """Check the range asked for on standard input."""
    asked = orjson.loads(sys.stdin.buffer.read())
    with psycopg.connect(**asked["database"]) as connection:
        connection.execute("set transaction isolation level repeatable read read only")
        connection.execute(f"set transaction snapshot '{asked['snapshot']}'")
        connection.execute("set local work_mem = '64MB'")  # a range is sorted in memory
        for start, end in asked["ranges"]:
            _write(check_range(connection, start, end))


def _write(found: Found) -> None:
    hashes = b"".join(found.hashes)
    sys.stdout.buffer.write(
        orjson.dumps({**found.outcome(), "bytes": len(hashes)}) + b"\n" + hashes
    )
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
