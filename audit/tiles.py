"""The tree in tiles of 256 hashes (c2sp.org/tlog-tiles, height 8): growing it, and finding nodes.

Pure. A tile of level 0 holds leaf hashes; one of level n holds the roots of 256 tiles of level n-1.
Only full tiles are kept; what does not fill one is derived again from the level below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from audit.merkle import fold, perfect_root, subtrees

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32


@dataclass(frozen=True)
class Tile:
    """A full tile: 256 hashes of one level, and the root over them."""

    level: int
    number: int
    hashes: tuple[bytes, ...] = field(repr=False)
    root: bytes = field(repr=False)


def full_tile(level: int, number: int, hashes: Iterable[bytes]) -> Tile:
    """A tile over 256 hashes."""
    held = tuple(hashes)
    return Tile(level, number, held, perfect_root(held))


class Edge:
    """The right edge of the tree: per level, the hashes that do not fill a tile yet."""

    def __init__(self, size: int = 0, partial: Iterable[list[bytes]] = ()) -> None:
        self.size = size
        self.partial = [list(hashes) for hashes in partial] or [[]]

    def copy(self) -> Edge:
        """An edge of its own, to try an extension that may be rolled back."""
        return Edge(self.size, self.partial)

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Add leaf hashes; returns the tiles that became full, lower levels first."""
        filled: list[Tile] = []
        for leaf in leaves:
            self.size += 1
            self.partial[0].append(leaf)
            if len(self.partial[0]) == WIDTH:
                self._fill(0, filled)
        return filled

    def _fill(self, level: int, filled: list[Tile]) -> None:
        number = (self.size >> (HEIGHT * (level + 1))) - 1
        tile = full_tile(level, number, self.partial[level])
        filled.append(tile)
        self.partial[level] = []
        if len(self.partial) == level + 1:
            self.partial.append([])
        self.partial[level + 1].append(tile.root)
        if len(self.partial[level + 1]) == WIDTH:
            self._fill(level + 1, filled)

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        peaks: list[bytes] = []
        for hashes in reversed(self.partial):
            peaks.extend(
                perfect_root(hashes[index << height : (index + 1) << height])
                for height, index in subtrees(0, len(hashes))
            )
        return fold(peaks)


def split(hashes: bytes) -> list[bytes]:
    """Hashes that were stored side by side."""
    return [hashes[place : place + HASH] for place in range(0, len(hashes), HASH)]


def widths(size: int) -> list[tuple[int, int]]:
    """For each level how many full tiles it has and how many hashes more, for a tree of `size`."""
    levels: list[tuple[int, int]] = []
    while size or not levels:
        levels.append((size >> HEIGHT, size & (WIDTH - 1)))
        size >>= HEIGHT
    return levels
