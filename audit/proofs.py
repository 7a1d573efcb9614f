"""Proofs about stored entries: that an entry stands in the tree under the newest checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit import leaves
from audit.checkpoints import Stored, newest, with_cosignatures
from audit.errors import LedgerError
from audit.notes import Proof
from audit.reading import find
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
    entry = find(scopes, wanted)
    index = leaves.place(entry.id) if entry else None
    last = newest()
    if entry is None or index is None or last is None or index >= last.size:
        raise NotSealed(f"entry {wanted} is not sealed yet,{_dropped()} or does not exist")
    return Proven(entry.body, proof_of(index, last, StoredTree()))


def _dropped() -> str:
    """One more reason why an entry may not be found, if months were dropped."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from audit_dropped)")
        return " was removed with its month," if cursor.fetchone()[0] else ""


def proof_of(index: int, checkpoint: Stored, tree: StoredTree) -> Proof:
    """The proof for a leaf under a checkpoint; pass one tree for many proofs."""
    hashes = tuple(tree.inclusion(index, checkpoint.size))
    return Proof(index, hashes, str(with_cosignatures(checkpoint)))
