"""Probes of the ledger: the seal as the ledger itself judges it, and the key that signs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from audit import key_ring, keys
from audit.errors import LedgerError
from audit.models import Checkpoint
from audit.notes import VerifierKey
from audit.state import SealState, seal_state
from console.diagnosis.findings import Finding, expect, fine, warning, wrong

LONGEST_SILENCE = timedelta(minutes=20)
"""Twice the time after which the sealer makes a checkpoint though nothing happened."""


def look() -> Iterator[Finding]:
    """Look at checkpoint, seal, witnesses and key; nothing to say without tables."""
    try:
        yield _checkpoint()
        state = seal_state()
        yield _seal(state)
        yield _witness(state)
        yield _key()
    except DatabaseError:
        return


def _checkpoint() -> Finding:
    newest = Checkpoint.objects.order_by("-id").first()
    if newest is None:
        return wrong(
            "doctor.sealer",
            "the ledger was never sealed",
            "Run `make run`, or `python manage.py ledger_seal` under a supervisor.",
        )
    age = timezone.now() - newest.made_at
    return expect(
        age <= LONGEST_SILENCE,
        fine("doctor.sealer", f"the ledger is sealed up to entry {newest.size}"),
        wrong(
            "doctor.sealer",
            f"the ledger was last sealed {int(age.total_seconds() // 60)} minutes ago",
            "See that `python manage.py ledger_seal` runs; its log says why it stopped.",
        ),
    )


def _seal(state: SealState) -> Finding:
    if state.colour == "red":
        return wrong(
            "doctor.seal",
            f"the seal is red: {state.summary}",
            "Mend what it names. If a witness objects, keep everything as it is and run"
            " `manage.py ledger verify`: either the ledger was altered or that witness errs.",
        )
    if state.colour == "amber":
        return warning(
            "doctor.seal",
            f"the seal is amber: {state.summary}",
            "Sealing goes on and nothing is lost; see `manage.py ledger status`.",
        )
    return fine("doctor.seal", f"the seal is green: {state.summary}")


def _witness(state: SealState) -> Finding:
    names = ", ".join(one.name for one in state.witnesses)
    said = f"the ledger is witnessed by {names}; it takes {state.quorum}" if names else ""
    if state.advice:
        return warning("doctor.witness", said or "nobody witnesses the ledger", state.advice)
    return fine("doctor.witness", said)


def _key() -> Finding:
    public = key_ring.public_key()
    if public is None:
        return warning(
            "doctor.ledger-key",
            "the ledger has no key yet",
            "The sealer makes one when it first starts. Back it up apart from the database.",
        )
    if not key_ring.key_file(public).exists():
        return warning(
            "doctor.ledger-key",
            f"the key {public.name} is not in {key_ring.folder()}",
            "Right if the sealer runs on another machine. If not, restore it from its backup; if"
            " there is none, `manage.py ledger rotate-key --lost` starts a new one.",
        )
    return _readable_key(public)


def _readable_key(public: VerifierKey) -> Finding:
    folder = key_ring.folder()
    try:
        keys.load(key_ring.key_file(public))
    except LedgerError as error:
        return wrong("doctor.ledger-key", str(error), "The sealer signs nothing until it can.")
    return fine(
        "doctor.ledger-key",
        f"the ledger is signed by {public.name}; its key is in no backup of the database, so keep a"
        f" copy elsewhere: tar -C {folder.parent} -czf ledger-key.tgz {folder.name}",
    )
