"""Verifying the ledger on the host that keeps it, with its own key and its witnesses' memory.

A stranger brings the key and checkpoints along instead; see `audit.verification.Asked`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audit import key_ring
from audit.checkpoints import at_size
from audit.errors import LedgerError
from audit.notes import BadNote, Note, TreeHead, VerifierKey, parse_head, parse_note
from audit.receipt_desk import receipt_faults
from audit.receipts import Receipt
from audit.reports import Report
from audit.verification import Asked, Progress, verify
from audit.witness_client import WitnessProblem, last_cosigned
from audit.witness_policy import KnownWitness
from audit.witnessing import known_witnesses


class NoKeyYet(LedgerError):
    """The sealer has never run, so nothing was signed."""


@dataclass(frozen=True)
class Brought:
    """What a reader brings along.

    Attributes:
        key: the public key to believe; None for the one of this host.
        checkpoints: signed notes kept elsewhere, which must still hold.
        receipts: receipts whose entries must be there.
    """

    key: VerifierKey | None = None
    checkpoints: Sequence[Note] = ()
    receipts: Sequence[Receipt] = ()


NOTHING_BROUGHT = Brought()


def verify_here(progress: Progress | None = None, brought: Brought = NOTHING_BROUGHT) -> Report:
    """Verify everything; raises NoKeyYet, and BadNote when the list of witnesses is unreadable."""
    key = brought.key or key_ring.verifying_key()
    if key is None:
        raise NoKeyYet("the ledger has no key yet: start the sealer once")
    witnesses = known_witnesses()
    seen, silent = seen_by(witnesses, key.name)
    proven = [one.proof.checkpoint for one in brought.receipts if one.proof]
    asked = Asked(
        key=key,
        earlier=[*brought.checkpoints, *map(parse_note, proven), *seen],
        witnesses=[witness.key for witness in witnesses],
        processes=os.cpu_count() or 1,
        progress=progress,
    )
    report = verify(asked)
    report.faults.extend(receipt_faults(brought.receipts, key))
    report.notes.extend(silent)
    if brought.receipts:
        report.notes.append(f"{len(brought.receipts)} receipts were held against it")
    if report.sound:
        report.witnessed = max((parse_head(note.text).size for note in seen), default=None)
        _remember(report.size)
    return report


def last_verified() -> Note | None:
    """The checkpoint up to which this host last found the ledger sound; raises BadNote."""
    try:
        return parse_note(_verified_file().read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BadNote(f"{_verified_file()} cannot be read: {error}") from error


def _verified_file() -> Path:
    return key_ring.folder() / "verified-checkpoint"


def _remember(size: int) -> None:
    """Keep what was verified outside the database, unless more was verified before.

    Where nothing can be kept it is done without.
    """
    found = at_size(size)
    if found is None or found.size != size or _covered(parse_head(found.signed().text)):
        return
    draft = _verified_file().with_suffix(".new")
    with suppress(OSError):
        draft.write_text(found.note)
        draft.replace(_verified_file())


def _covered(head: TreeHead) -> bool:
    """Whether a larger tree of this log was verified here before."""
    try:
        kept = last_verified()
        known = parse_head(kept.text) if kept else None
    except BadNote:
        return False
    return known is not None and known.origin == head.origin and known.size > head.size


def seen_by(witnesses: Sequence[KnownWitness], origin: str) -> tuple[list[Note], list[str]]:
    """What witnesses remember, and a sentence for each that could not be asked."""
    seen, silent = [], []
    for witness in witnesses:
        try:
            note = last_cosigned(witness, origin)
        except (WitnessProblem, BadNote) as error:
            silent.append(f"{witness.key.name} could not be asked: {error}")
        else:
            seen.extend([note] if note else [])
    return seen, silent
