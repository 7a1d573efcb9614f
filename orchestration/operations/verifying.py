"""Verifications of the whole ledger as jobs: asked for, carried out, cancelled, and what came out.

The row holds the work; a message to a worker only says that there is some. While it runs, the job
writes how far it is on a connection of its own, and stops when the row is no longer running.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from audit import ledger, payloads
from audit.reports import Report
from orchestration.access.roles import scopes_for
from orchestration.errors import IllegalTransition, NotAllowed
from orchestration.models import Person, Verification
from orchestration.operations.changes import SYSTEM, change, create
from orchestration.operations.people import actor_for
from orchestration.operations.signals import VERIFY, send
from orchestration.vocabulary import Role, VerificationState

SILENT = timedelta(seconds=30)
"""A job reports every second; after this long without a report another worker takes over."""

GIVEN_UP = timedelta(hours=2)
"""After this long nobody tries any more."""

UNDER_WAY = (VerificationState.QUEUED, VerificationState.RUNNING)


class NotRunning(Exception):
    """The verification was cancelled, or another worker has it: stop."""


def request_verification(*, person: Person) -> Verification:
    """Have a worker verify the whole ledger; if that is under way already, that one is returned.

    Raises NotAllowed for somebody who is neither reviewer nor admin in any unit.
    """
    _require(person)
    with ledger.transaction():
        under_way = Verification.objects.filter(state__in=UNDER_WAY).first()
        if under_way is not None:
            return under_way
        verification = Verification(requested_by=person)
        create(
            verification,
            "verification.requested",
            actor_for(person),
            scope=_filed_under(verification),
        )
        send(VERIFY, str(verification.pk))
    return verification


def cancel_verification(*, verification: Verification, person: Person) -> Verification:
    """End a verification without a result; raises IllegalTransition when it has ended."""
    _require(person)
    with ledger.transaction():
        return change(
            verification,
            "verification.cancelled",
            actor_for(person),
            entry={"scope": _filed_under(verification)},
            state=VerificationState.CANCELLED,
            ended_at=timezone.now(),
        )


def begin_verification(*, key: UUID) -> Verification | None:
    """Take a verification that waits, or one whose worker fell silent; None if there is none."""
    now = timezone.now()
    with ledger.transaction():
        found = Verification.objects.select_for_update(skip_locked=True).filter(pk=key).first()
        if found is None or found.state not in UNDER_WAY:
            return None
        if found.state == VerificationState.RUNNING:
            if found.seen_at > now - SILENT:
                return None
            Verification.objects.filter(pk=key).update(seen_at=now)
            return found
        return change(
            found,
            "verification.started",
            SYSTEM,
            entry={"scope": _filed_under(found)},
            state=VerificationState.RUNNING,
            started_at=now,
            seen_at=now,
        )


def note_progress(*, key: UUID, done: int, total: int) -> None:
    """Say how far it is, at once and whatever becomes of the caller's transaction.

    A measurement and no change of state, so no entry tells of it. Raises NotRunning.
    """
    running = Verification.objects.using("autonomous").filter(
        pk=key, state=VerificationState.RUNNING
    )
    if not running.update(done=done, total=total, seen_at=timezone.now()):
        raise NotRunning


def finish_verification(*, verification: Verification, report: Report) -> Verification:
    """Record what a verification found; raises IllegalTransition if it was cancelled meanwhile."""
    first = report.first()
    state = VerificationState.SOUND if report.sound else VerificationState.UNSOUND
    with ledger.transaction():
        digest = payloads.store(report.as_json())
        return change(
            verification,
            "verification.finished",
            SYSTEM,
            entry={
                "payload": digest,
                "outcome": state.value,
                "scope": _filed_under(verification),
            },
            state=state,
            ended_at=timezone.now(),
            size=report.size,
            faults=len(report.faults),
            first_index=first.index if first else -1,
            first_entry=first.entry if first else "",
            report=digest,
        )


def fail_verification(*, verification: Verification, error: str) -> Verification:
    """Record that a verification could not be carried out, and why."""
    with ledger.transaction():
        return change(
            verification,
            "verification.failed",
            SYSTEM,
            entry={"scope": _filed_under(verification)},
            state=VerificationState.FAILED,
            ended_at=timezone.now(),
            error=error,
        )


def redrive_verifications() -> None:
    """Send word of verifications that nobody carries out; give up those that nobody can."""
    now = timezone.now()
    idle = Verification.objects.filter(state__in=UNDER_WAY, seen_at__lt=now - SILENT)
    for verification in idle.filter(~Q(created_at__lt=now - GIVEN_UP)):
        with ledger.transaction():
            send(VERIFY, str(verification.pk))
    for verification in idle.filter(created_at__lt=now - GIVEN_UP):
        try:
            fail_verification(verification=verification, error="No worker carried it out in time.")
        except IllegalTransition:
            continue  # it ended this moment


def _filed_under(verification: Verification) -> str:
    """The unit whose readers find the entries: the first that who asked for it reviews."""
    return next(iter(scopes_for(verification.requested_by, Role.REVIEWER, Role.ADMIN)), "")


def _require(person: Person) -> None:
    if not scopes_for(person, Role.REVIEWER, Role.ADMIN):
        raise NotAllowed("Only reviewers and admins may verify the whole ledger.")
