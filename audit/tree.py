"""The stored tree: nodes and proofs from tiles and leaves, for any size that was ever sealed."""

from __future__ import annotations

from functools import lru_cache

from django.db import connection

from audit import leaves
from audit.merkle import consistency_proof, inclusion_proof, perfect_root, range_hash
from audit.tiles import HEIGHT, WIDTH, Edge, split, widths

_ROOTS = (
    "select coalesce(string_agg(root, ''::bytea order by number), ''::bytea) from audit_tile"
    " where level = %s and number >= %s and number < %s"
)
_TILE = "select hashes from audit_tile where level = %s and number = %s"


def _bytes(query: str, *arguments: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(query, list(arguments))
        found = cursor.fetchone()
    return bytes(found[0]) if found else None


def _row_hashes(level: int, start: int, end: int) -> list[bytes]:
    """Hashes of one level that stand in no full tile."""
    if level == 0:
        return leaves.hashes(start, end)
    return split(_bytes(_ROOTS, level - 1, start, end) or b"")


def load_edge(size: int) -> Edge:
    """The right edge of the tree of this size, to go on from."""
    partial = [
        _row_hashes(level, full * WIDTH, full * WIDTH + rest) if rest else []
        for level, (full, rest) in enumerate(widths(size))
    ]
    return Edge(size, partial)


class StoredTree:
    """Nodes of the stored tree; keeps the tiles it has read, so use one for one batch of proofs."""

    def __init__(self) -> None:
        self._hashes = lru_cache(maxsize=512)(self._read)

    def node(self, height: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        level, within = divmod(height, HEIGHT)
        start = index << within
        number, offset = divmod(start, WIDTH)
        hashes = self._hashes(level, number)
        return perfect_root(hashes[offset : offset + (1 << within)])

    def root(self, size: int) -> bytes:
        """The root of the tree when it had this size, derived from tiles and leaves."""
        return range_hash(self, 0, size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that a leaf stands at an index under the checkpoint of this size."""
        return inclusion_proof(self, index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `new` leaves begins with the one of `old`."""
        return consistency_proof(self, old, new)

    def _read(self, level: int, number: int) -> list[bytes]:
        stored = _bytes(_TILE, level, number) if level else None
        if stored is not None:
            return split(stored)
        return _row_hashes(level, number * WIDTH, (number + 1) * WIDTH)
