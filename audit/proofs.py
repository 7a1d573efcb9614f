"""Proofs about stored entries: that an entry stands in the tree under the newest checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from audit.checkpoints import Stored, newest, with_cosignatures
from audit.errors import LedgerError
from audit.models import Leaf
from audit.notes import Proof
from audit.reading import visible
from audit.tree import StoredTree


class NotSealed(LedgerError, LookupError):
    """The entry has no place in the tree yet, or there is no such entry."""


@dataclass(frozen=True)
class Proven:
    """An entry's canonical text, and the proof of its place."""

    body: str
    proof: Proof


def prove(entry_id: str | UUID, *, scopes: Iterable[str]) -> Proven:
    """The proof for one entry under the newest checkpoint.

    Raises NotSealed, also when a reader of these units may not see the entry; `""` is all units.
    """
    try:
        wanted = UUID(str(entry_id))
    except ValueError:
        raise NotSealed(f"{entry_id!r} is no entry_id") from None
    leaf = Leaf.objects.filter(entry_id=wanted).first()
    last = newest()
    if leaf is None or last is None or leaf.leaf_index >= last.size:
        raise NotSealed(f"entry {wanted} is not sealed yet, or does not exist")
    units = list(scopes)
    body = visible(units).filter(id=leaf.entry).values_list("body", flat=True).first()
    if body is None and "" not in units:
        raise NotSealed(f"entry {wanted} is not sealed yet, or does not exist")
    if body is None:
        raise NotSealed(f"entry {wanted} was removed; its place is leaf {leaf.leaf_index}")
    return Proven(body, proof_of(leaf.leaf_index, last, StoredTree()))


def proof_of(index: int, checkpoint: Stored, tree: StoredTree) -> Proof:
    """The proof for a leaf under a checkpoint; pass one tree for many proofs."""
    hashes = tuple(tree.inclusion(index, checkpoint.size))
    return Proof(index, hashes, str(with_cosignatures(checkpoint)))
