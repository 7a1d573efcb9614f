"""Receipts: what somebody takes away to show later that an entry was written; pure.

The receipt of a sealed entry holds the proof of its place. That of an entry which is not sealed yet
holds a promise: a note signed by the receipt key, for which the ledger's own key vouches. A receipt
that left the host shows what was removed even before it was sealed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from audit.ed25519 import is_signed
from audit.merkle import is_included
from audit.notes import (
    BadNote,
    Check,
    Note,
    Proof,
    TreeHead,
    VerifierKey,
    parse_head,
    parse_key,
    parse_note,
    parse_proof,
)
from audit.trust import believed, signed_by_any

RECEIPT_FORMAT = "signalbox-receipt/1"
PROMISE = "signalbox receipt\n"
RECEIPT_KEY = "signalbox receipt key\n"

KeyAndEndorsement = tuple[VerifierKey, str | None]


def receipt_key_text(key: VerifierKey) -> str:
    """What the ledger's key signs to vouch for a key that signs promises and nothing else."""
    return f"{RECEIPT_KEY}{key}\n"


@dataclass(frozen=True)
class Receipt:
    """What is known of an entry, and what shows it.

    Attributes:
        origin: the ledger's name. leaf: the entry's leaf hash.
        recorded_at: when the database recorded it, as its body says.
        proof: that it stands in the tree; None while it was not sealed.
        promise: the signed note that it will; None once it was sealed.
        receipt_key: who signed the promise, and the ledger's endorsement of that key.
        keys: the ledger's keys, each with the endorsement of the one before.
    """

    origin: str
    entry_id: str
    leaf: bytes
    recorded_at: str
    proof: Proof | None = None
    promise: Note | None = None
    receipt_key: KeyAndEndorsement | None = None
    keys: Sequence[KeyAndEndorsement] = ()

    def promised(self) -> str:
        """The text of its promise."""
        leaf = base64.b64encode(self.leaf).decode()
        return f"{PROMISE}{self.origin}\n{self.entry_id}\n{leaf}\n{self.recorded_at}\n"

    def head(self) -> TreeHead | None:
        """The tree under whose checkpoint it is proven, if it is."""
        return parse_head(parse_note(self.proof.checkpoint).text) if self.proof else None

    def faults(self, key: VerifierKey, check: Check = is_signed) -> list[str]:
        """What is wrong with the receipt itself, for a reader who believes a key of the ledger."""
        trusted = believed(key, self.keys, check)
        if self.proof:
            return self._proof_faults(self.proof, trusted, check)
        return self._promise_faults(trusted, check)

    def _proof_faults(self, proof: Proof, trusted: list[VerifierKey], check: Check) -> list[str]:
        note = parse_note(proof.checkpoint)
        head = parse_head(note.text)
        found = []
        if not signed_by_any(note, trusted, check):
            found.append("its checkpoint is not signed by the key you gave, nor a successor")
        if head.origin != self.origin:
            found.append("its checkpoint belongs to another ledger")
        if not is_included(self.leaf, proof.index, head.size, proof.hashes, head.root):
            found.append("its proof does not lead to the root of its checkpoint")
        return found

    def _promise_faults(self, trusted: list[VerifierKey], check: Check) -> list[str]:
        if self.promise is None or self.receipt_key is None:
            return ["it holds neither a proof nor a promise"]
        signer, endorsement = self.receipt_key
        if not endorsement or not _endorsed(signer, endorsement, trusted, check):
            return ["the key you gave, or a successor, does not vouch for the key that promised"]
        if not signed_by_any(self.promise, [signer], check):
            return ["its promise is not signed"]
        return (
            [] if self.promise.text == self.promised() else ["its promise is about another entry"]
        )

    def __str__(self) -> str:
        said: dict[str, Any] = {
            "format": RECEIPT_FORMAT,
            "origin": self.origin,
            "entry_id": self.entry_id,
            "leaf_hash": self.leaf.hex(),
            "recorded_at": self.recorded_at,
            "proof": str(self.proof) if self.proof else None,
            "promise": str(self.promise) if self.promise else None,
            "receipt_key": _pairs([self.receipt_key])[0] if self.receipt_key else None,
            "keys": _pairs(self.keys),
        }
        return json.dumps(said, indent=1) + "\n"


def _endorsed(
    signer: VerifierKey, endorsement: str, trusted: list[VerifierKey], check: Check
) -> bool:
    note = parse_note(endorsement)
    return note.text == receipt_key_text(signer) and signed_by_any(note, trusted, check)


def _pairs(keys: Iterable[KeyAndEndorsement]) -> list[dict[str, str | None]]:
    return [{"key": str(key), "endorsement": endorsement} for key, endorsement in keys]


def parse_receipt(text: str) -> Receipt:
    """Read a receipt; raises BadNote."""
    try:
        return _receipt_of(json.loads(text))
    except BadNote:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadNote(f"this is no receipt: {error}") from error


def _receipt_of(said: dict[str, Any]) -> Receipt:
    if said["format"] != RECEIPT_FORMAT:
        raise BadNote(f"this is no receipt of format {RECEIPT_FORMAT}")
    return Receipt(
        str(said["origin"]),
        str(said["entry_id"]),
        bytes.fromhex(said["leaf_hash"]),
        str(said["recorded_at"]),
        parse_proof(said["proof"]) if said["proof"] else None,
        parse_note(said["promise"]) if said["promise"] else None,
        _pair(said["receipt_key"]) if said["receipt_key"] else None,
        tuple(_pair(one) for one in said["keys"]),
    )


def _pair(said: dict[str, Any]) -> KeyAndEndorsement:
    return parse_key(said["key"]), said["endorsement"]
