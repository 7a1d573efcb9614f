"""Where sealed entries stand in the tree. Leaves are stored in runs: up to 256 of a pass a row."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from django.db import connection

from audit.tiles import split

_PLACES = """
select wanted.id, l.leaf_index + array_position(l.entries, wanted.id) - 1
from (select value::bigint as id from jsonb_array_elements_text(%s::jsonb)) as wanted
join audit_leaf l on audit_span(l.entries) @> wanted.id and wanted.id = any(l.entries)
"""
_RUNS = """
select leaf_index, hashes from audit_leaf where leaf_index > %s - 256 and leaf_index < %s
order by leaf_index
"""
_COUNT = """
select leaf_index + cardinality(entries) from audit_leaf order by leaf_index desc limit 1
"""


def places(entries: Iterable[int]) -> dict[int, int]:
    """The leaf index of each of these entries, by the entry's id; those not sealed are left out."""
    wanted = orjson.dumps(list(entries)).decode()
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [wanted])
        return {int(entry): int(index) for entry, index in cursor.fetchall()}


def place(entry: int) -> int | None:
    """The leaf index of an entry by its id; None while it is not sealed."""
    return places([entry]).get(entry)


def leaf_count() -> int:
    """How many leaves the tree should have by its highest index."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def stored_hashes(start: int, end: int) -> dict[int, bytes]:
    """The hashes that runs hold for the leaves start..end-1, by index; of two for one place any."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, [start, end])
        return {
            index: kept
            for first, run in cursor.fetchall()
            for index, kept in enumerate(split(bytes(run)), start=first)
            if start <= index < end
        }


def hashes(start: int, end: int) -> list[bytes]:
    """The hashes of the leaves start..end-1 in order, as far as there are any."""
    return [kept for _, kept in sorted(stored_hashes(start, end).items())]
