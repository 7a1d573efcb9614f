"""Verifying the ledger on the host that keeps it: with its own key, and what its witnesses remember.

A stranger brings the key and checkpoints along instead; see `audit.verification.Asked`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from audit import key_ring
from audit.errors import LedgerError
from audit.notes import BadNote, Note
from audit.reports import Report
from audit.verification import Asked, Progress, verify
from audit.witness_client import WitnessProblem, last_cosigned
from audit.witness_policy import KnownWitness
from audit.witnessing import known_witnesses


class NoKeyYet(LedgerError):
    """The sealer has never run, so nothing was signed."""


def verify_here(progress: Progress | None = None) -> Report:
    """Verify everything; raises NoKeyYet, and BadNote when the list of witnesses is unreadable."""
    key = key_ring.verifying_key()
    if key is None:
        raise NoKeyYet("the ledger has no key yet: start the sealer once")
    witnesses = known_witnesses()
    seen, silent = seen_by(witnesses, key.name)
    asked = Asked(
        key=key,
        earlier=seen,
        witnesses=[witness.key for witness in witnesses],
        processes=os.cpu_count() or 1,
        progress=progress,
    )
    report = verify(asked)
    report.notes.extend(silent)
    return report


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
