"""Giving receipts of entries, and holding receipts against the stored ledger.

Promises are signed by a key of their own, which the sealer makes and vouches for: programs that
give receipts need not reach the key that signs the tree, and whoever steals theirs can promise
falsely and alter no history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from django.db import connection

from audit import key_ring, keys, leaves
from audit.canonical import instant
from audit.checkpoints import known_keys
from audit.errors import LedgerError
from audit.keys import KeyUnavailable, SigningKey
from audit.models import Entry
from audit.notes import BadNote, Note, VerifierKey, parse_note
from audit.proofs import NotSealed, prove
from audit.reading import find
from audit.receipts import Receipt, receipt_key_text
from audit.reports import Fault
from audit.trust import signed_by_any


class NoReceipt(LedgerError, LookupError):
    """There is no such entry, or nothing here to promise with; says which."""


def receipt_for(entry_id: str | UUID, *, scopes: Iterable[str]) -> Receipt:
    """The receipt of an entry: with its proof if it is sealed, with a promise until then.

    Raises NoReceipt, also when a reader of these units may not see the entry; `""` is all units.
    """
    units = list(scopes)
    entry = _entry(entry_id, units)
    chain = tuple((one.verifier, one.endorsement) for one in known_keys())
    if not chain:
        raise NoReceipt("the ledger has no key yet: start the sealer once")
    receipt = Receipt(
        origin=chain[-1][0].name,
        entry_id=str(entry.entry_id),
        leaf=bytes(entry.leaf_hash),
        recorded_at=instant(entry.recorded_at),
        keys=chain,
    )
    try:
        return replace(receipt, proof=prove(entry.entry_id, scopes=units).proof)
    except NotSealed:
        signer, endorsement = _promising()
    note = Note(receipt.promised(), (signer.sign(receipt.promised()),))
    return replace(receipt, promise=note, receipt_key=(signer.verifier, endorsement))


def _entry(entry_id: str | UUID, units: list[str]) -> Entry:
    try:
        found = find(units, UUID(str(entry_id)))
    except ValueError:
        raise NoReceipt(f"{entry_id!r} is no entry_id") from None
    if found is None:
        raise NoReceipt(f"the ledger holds no entry {entry_id}")
    return found


def receipt_key_file() -> Path:
    """The key that signs promises; needed where receipts are given, and of no use elsewhere."""
    return key_ring.folder() / "receipt.key"


def _endorsement_file() -> Path:
    return receipt_key_file().with_suffix(".endorsement")


def vouch(key: SigningKey) -> None:
    """Make the receipt key if there is none, and have the ledger's key vouch for it.

    Called by the sealer whenever it takes up a key; without it receipts wait for the sealing.
    """
    path = receipt_key_file()
    signer = keys.load_or_make(path, f"{key.verifier.name}/receipts").verifier
    try:
        if signed_by_any(parse_note(_endorsement_file().read_text()), [key.verifier], keys.check):
            return
    except (OSError, BadNote):
        pass
    text = receipt_key_text(signer)
    draft = path.with_suffix(".new")
    draft.write_text(str(Note(text, (key.sign(text),))))
    draft.replace(_endorsement_file())


def _promising() -> tuple[SigningKey, str]:
    try:
        return keys.load(receipt_key_file()), _endorsement_file().read_text()
    except (KeyUnavailable, OSError) as error:
        raise NoReceipt(
            "the entry is not sealed yet, and the key that promises is not at hand: try in a second"
        ) from error


def receipt_faults(receipts: Sequence[Receipt], key: VerifierKey) -> list[Fault]:
    """What the stored ledger does not keep of what receipts show; inside the verifier's snapshot.

    The checkpoint of a proven receipt must be among those the reader kept elsewhere.
    """
    return [fault for receipt in receipts for fault in _held_against(receipt, key)]


def _held_against(receipt: Receipt, key: VerifierKey) -> list[Fault]:
    wrong = receipt.faults(key, keys.check)
    if wrong:
        reason = f"the receipt itself is not good: {'; '.join(wrong)}"
        return [Fault(-1, receipt.entry_id, reason)]
    if receipt.proof:
        return _at_its_place(receipt, receipt.proof.index)
    found = find([""], receipt.entry_id)
    if found is not None and bytes(found.leaf_hash) != receipt.leaf:
        return [Fault(-1, receipt.entry_id, "it is not the entry that its receipt promised")]
    if found is None and not _is_leaf(receipt.leaf):
        said = "a receipt promised it, and the ledger does not hold it"
        return [Fault(-1, receipt.entry_id, said)]
    return []


def _at_its_place(receipt: Receipt, index: int) -> list[Fault]:
    kept = leaves.stored_hashes(index, index + 1).get(index)
    if kept == receipt.leaf:
        return []
    stands = "another entry stands there" if kept else "nothing stands there"
    return [Fault(index, receipt.entry_id, f"a receipt proves it at this leaf, and {stands}")]


def _is_leaf(leaf: bytes) -> bool:
    """Whether the tree holds an entry whose row went with its month."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from audit_placed where leaf_hash = %s)", [leaf])
        return bool(cursor.fetchone()[0])
