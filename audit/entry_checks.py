"""Checking one entry in front of its reader: what there is to check, and the server's own answer.

The same questions are asked again in the reader's browser (static/js/ledger/checking.js), from the
same evidence; there the reader can bring a key of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection

from audit import keys, leaves, payloads
from audit.checkpoints import KnownKey, at_size, known_keys, newest
from audit.entries import COLUMNS
from audit.errors import LedgerError, PayloadAltered
from audit.key_ring import verifying_key
from audit.merkle import root_from_inclusion
from audit.models import Entry
from audit.notes import BadNote, Note, Proof, VerifierKey, cosigned_by, parse_head, parse_note
from audit.proofs import proof_of
from audit.reading import find
from audit.rows import SELECTED, check_row
from audit.tree import StoredTree
from audit.trust import believed, signed_by_any
from audit.witness_policy import KnownWitness
from audit.witnessing import known_policy

_ROW = f"select {SELECTED} from audit_entry e where e.id = %s order by e.recorded_at limit 1"  # noqa: S608
STAMPED = ("recorded_at", "id", "xid")
"""Columns that the database wrote into the body itself."""


@dataclass(frozen=True)
class Evidence:
    """One entry with all that is needed to check it.

    Attributes:
        row: the texts of every column as stored, in the order of `audit.rows.SELECTED`.
        proof: its place under the newest cosigned checkpoint, or the newest; None until it is
            sealed.
        keys: the log's public keys, oldest first, and how each was vouched for.
        witnesses: those that are asked to cosign.
    """

    entry: Entry
    row: list[str | None]
    proof: Proof | None
    keys: list[KnownKey]
    witnesses: list[KnownWitness]

    def columns(self) -> dict[str, str | None]:
        """Every column by name, as text; None where the row holds nothing."""
        return dict(zip([*STAMPED, *COLUMNS], self.row[1:-1], strict=True))

    @property
    def body(self) -> str:
        """The canonical text as stored."""
        return self.row[-1] or ""

    def as_json(self) -> dict[str, Any]:
        """What the reader's browser checks."""
        return {
            "entry_id": str(self.entry.entry_id),
            "body": self.body,
            "leaf": self.row[0],
            "columns": self.columns(),
            "proof": str(self.proof) if self.proof else "",
            "keys": [
                {"key": str(one.verifier), "endorsement": one.endorsement} for one in self.keys
            ],
            "witnesses": [str(one.key) for one in self.witnesses],
        }


@dataclass(frozen=True)
class Check:
    """One question and its answer: passed, failed, or None where it does not arise."""

    text: str
    passed: bool | None


def evidence(entry_id: UUID, *, scopes: Iterable[str]) -> Evidence | None:
    """The evidence for an entry; None for who may not see it."""
    units = list(scopes)
    entry = find(units, entry_id)
    if entry is None:
        return None
    return Evidence(entry, _row(entry), _proof(entry), list(known_keys()), _witnesses())


def _row(entry: Entry) -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute(_ROW, [entry.id])
        return list(cursor.fetchone())


def _proof(entry: Entry) -> Proof | None:
    """Its place under the newest checkpoint that a witness cosigned, or else under the newest."""
    index, last = leaves.place(entry.id), newest()
    if index is None or last is None or index >= last.size:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select max(size) from audit_cosignature where size > %s", [index])
        cosigned = cursor.fetchone()[0]
    checkpoint = at_size(cosigned) if cosigned else None
    return proof_of(index, checkpoint or last, StoredTree())


def _witnesses() -> list[KnownWitness]:
    try:
        return list(known_policy().witnesses.values())
    except BadNote:
        return []  # the seal says that the list is unreadable


def checks(found: Evidence) -> list[Check]:
    """Every check of an entry, in the order in which one builds on the other."""
    return [*_row_checks(found), _payload_check(found.entry), *_sealed_checks(found)]


def _row_checks(found: Evidence) -> list[Check]:
    checked = check_row(found.row)
    faults = [fault for fault in checked.faults if "leaf hash" not in fault]
    count = len(found.columns())
    told = "; ".join(faults) if faults else f"All {count} columns equal the body"
    hashed = checked.leaf.hex() == found.row[0]
    text = "The body gives the leaf hash" if hashed else "The body does not match its leaf hash"
    return [Check(told, not faults), Check(text, hashed)]


def _payload_check(entry: Entry) -> Check:
    if not entry.payload:
        return Check("It has no payload", None)
    digest = f"sha256:{bytes(entry.payload).hex()}"
    try:
        there = digest in payloads.load_many([digest])
    except PayloadAltered:
        return Check("The payload is not the one that was written", False)
    if not there:
        return Check("The payload was removed; its digest stays in the body", None)
    return Check("The payload gives the digest in the body", True)


def _sealed_checks(found: Evidence) -> list[Check]:
    if found.proof is None:
        return [Check("It is not sealed yet, so nothing proves its place", None)]
    try:
        note = parse_note(found.proof.checkpoint)
        head = parse_head(note.text)
    except BadNote as error:
        return [Check(f"The checkpoint cannot be read: {error}", False)]
    leaf = sha256(b"\x00" + found.body.encode()).digest()
    root = root_from_inclusion(leaf, found.proof.index, head.size, found.proof.hashes)
    placed = root == head.root
    steps = len(found.proof.hashes)
    text = f"{steps} hashes lead from leaf {found.proof.index} to the root of {head.size} entries"
    missed = f"The path from leaf {found.proof.index} does not lead to the signed root"
    return [
        Check(text if placed else missed, placed),
        _signature_check(note, found),
        *_witness_checks(note, found.witnesses),
    ]


def _signature_check(note: Note, found: Evidence) -> Check:
    key = _own_key()
    if key is None:
        return Check("This host has no key to check the checkpoint with", False)
    known = [(one.verifier, one.endorsement) for one in found.keys]
    signed = signed_by_any(note, believed(key, known, keys.check), keys.check)
    name = f"{key.name}+{key.key_id.hex()}"
    text = f"The checkpoint is signed by key {name}"
    return Check(text if signed else f"Key {name} has not signed the checkpoint", signed)


def _own_key() -> VerifierKey | None:
    try:
        return verifying_key()
    except (LedgerError, BadNote, OSError):
        return None


def _witness_checks(note: Note, witnesses: list[KnownWitness]) -> list[Check]:
    if not witnesses:
        return [Check("No witness is asked to cosign", None)]
    found = []
    for one in witnesses:
        signed = cosigned_by(note, one.key, keys.check) is not None
        text = "cosigned the same root" if signed else "has not cosigned this checkpoint yet"
        found.append(Check(f"{one.key.name} {text}", True if signed else None))
    return found
