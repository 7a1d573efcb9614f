"""Merkle trees as in RFC 6962: hashes, roots, what proofs are made of, and checking them.

Pure and without dependencies, so that it can travel inside an evidence bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Protocol

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


class Nodes(Protocol):
    """Something that knows the hashes of complete subtrees."""

    def node(self, height: int, index: int) -> bytes:
        """The hash over leaves `index * 2**height` up to the next such bound."""
        ...


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf: 0x00 keeps leaves apart from nodes."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes of one level."""
    level = list(hashes)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]


class Frontier:
    """The right edge of a growing tree: one hash for each complete subtree, largest first.

    Enough to add leaves and to know the root, in memory that grows with the logarithm of the size.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append one leaf by its hash."""
        size = self.size
        peaks = self._peaks
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def add_perfect(self, height: int, node: bytes) -> None:
        """Append a complete subtree; the size must be a multiple of its own."""
        size = self.size >> height
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1 << height

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        return fold(self._peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees from left to right, each smaller than the one before."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that make up leaves start..end-1, left to right, as (height, index).

    `start` must be where a subtree of the whole range's size can begin, as in every proof.
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def range_hash(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves start..end-1 as one node of a proof."""
    return fold([nodes.node(height, index) for height, index in subtrees(start, end)])


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Ranges of leaves an inclusion proof hashes, nearest the leaf first (RFC 6962 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Which ranges of leaves a consistency proof hashes (RFC 6962 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot continue one of {old}")
    if old in (0, new):
        return []
    ranges = []
    start, end = 0, new
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root of a tree of `size`."""
    return [range_hash(nodes, start, end) for start, end in inclusion_ranges(index, size)]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """The hashes that show that a tree of `new` leaves begins with the tree of `old`."""
    return [range_hash(nodes, start, end) for start, end in consistency_ranges(old, new)]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its proof lead to (RFC 9162 2.1.3.2); None if the proof misfits."""
    if not 0 <= index < size:
        return None
    position, last, root = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if position & 1 or position == last:
            root = node_hash(step, root)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            root = node_hash(root, step)
        position, last = position >> 1, last >> 1
    return root if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf at this place in the tree with this root."""
    return root_from_inclusion(leaf, index, size, proof) == root


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the new tree begins with the old one (RFC 9162 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not proof
    if old == 0:
        return old_root == EMPTY_ROOT and not proof
    if not 0 < old < new:
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    return bool(path) and _consistent_roots(old, new, path) == (old_root, new_root)


def _consistent_roots(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, step)
        position, last = position >> 1, last >> 1
    return (first, second) if last == 0 else None
