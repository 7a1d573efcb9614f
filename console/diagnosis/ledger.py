"""Probes of the ledger's sealer: a key that is there, and checkpoints that keep coming."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from audit import key_ring
from audit.models import Checkpoint
from console.diagnosis.findings import Finding, expect, fine, warning, wrong

LONGEST_SILENCE = timedelta(minutes=20)
"""Twice the time after which the sealer makes a checkpoint though nothing happened."""


def look() -> Iterator[Finding]:
    """Look at the key and at the newest checkpoint; nothing to say without tables."""
    try:
        yield _checkpoint()
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


def _key() -> Finding:
    public = key_ring.public_key()
    if public is None:
        return warning(
            "doctor.ledger-key",
            "the ledger has no key yet",
            "The sealer makes one when it first starts. Back it up apart from the database.",
        )
    return expect(
        key_ring.key_file(public).exists(),
        fine("doctor.ledger-key", f"the ledger is signed by {public.name}"),
        warning(
            "doctor.ledger-key",
            f"the key {public.name} is not in {key_ring.folder()}",
            "Right if the sealer runs on another machine. If the key is lost, see"
            " `manage.py ledger rotate-key`.",
        ),
    )
