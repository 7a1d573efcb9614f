"""What `manage.py ledger` changes: holds, erasures, removals, months, the signing key."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from django.core.management.base import CommandError

from audit import key_ring
from audit.dropping import drop_month
from audit.management.answers import OPERATOR, Bar, Options, Told
from audit.retention import erase_subject, holds, place_hold, release_hold, remove_payloads
from audit.subjects import subjects_meant
from audit.verifying_here import verify_here


def hold(options: Options, _bar: Bar) -> Told:
    """Place a hold, end one, or list those in force."""
    if options["release"]:
        release_hold(hold=options["release"], reason=options["reason"], actor=OPERATOR)
        return Told("released", {"released": options["release"]})
    if options["covers"]:
        given = {name: options[name] for name in ("covers", "value", "reason")}
        made = place_hold(actor=OPERATOR, **given)
        return Told(made, {"hold": made})
    found = holds()
    lines = [f"{one.id} {one.covers} {one.value} since {one.placed_at}" for one in found]
    return Told("\n".join(lines) or "no hold is in force", [asdict(one) for one in found])


def erase(options: Options, _bar: Bar) -> Told:
    """Destroy a person's keys."""
    meant = subjects_meant(options["subject"]) or [options["subject"]]
    keys = [
        erase_subject(subject=subject, reason=options["reason"], actor=OPERATOR)
        for subject in meant
    ]
    lines = [f"the key {key} is destroyed; what it encrypted cannot be read again" for key in keys]
    return Told("\n".join(lines), {"keys": keys})


def remove(options: Options, _bar: Bar) -> Told:
    """Remove payloads recorded before a moment."""
    count = remove_payloads(before=options["before"], actor=OPERATOR)
    return Told(f"{count} payloads removed; their entries and proofs stay", {"removed": count})


def drop(options: Options, bar: Bar) -> Told:
    """Drop the entries of an old month, once the whole ledger was verified."""
    report = verify_here(bar)
    if not report.sound:
        raise CommandError(f"nothing is dropped while the ledger is not sound\n{report}")
    month: date = options["month"]
    count = drop_month(month=month, reason=options["reason"], actor=OPERATOR)
    said = f"{count} entries of {month:%Y-%m} dropped; their leaves stay, and every proof holds"
    return Told(said, {"month": f"{month:%Y-%m}", "dropped": count})


def rotate_key(options: Options, _bar: Bar) -> Told:
    """Sign with a new key from now on."""
    made = key_ring.rotate(OPERATOR, lost=options["lost"])
    return Told(str(made), {"key": str(made)})
