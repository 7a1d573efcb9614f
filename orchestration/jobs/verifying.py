"""The job that verifies the whole ledger, and says how far it is."""

from __future__ import annotations

import time
from uuid import UUID

import structlog
from celery import shared_task

from audit.errors import LedgerError
from audit.notes import BadNote
from audit.verifying_here import verify_here
from orchestration.errors import IllegalTransition, StaleWrite
from orchestration.operations import verifying
from orchestration.operations.signals import VERIFY

log = structlog.get_logger(__name__)

EVERY_S = 0.5
"""How often the job says how far it is; more would only load the database."""


@shared_task(name=VERIFY, soft_time_limit=3_400, time_limit=3_500)
def verify_ledger(key: str) -> None:
    """Carry out one verification, unless it has ended or somebody else is at it."""
    verification = verifying.begin_verification(key=UUID(key))
    if verification is None:
        return
    try:
        report = verify_here(_Reporter(verification.pk))
        verifying.finish_verification(verification=verification, report=report)
    except (LedgerError, BadNote, OSError) as error:
        verifying.fail_verification(verification=verification, error=str(error))
    except (verifying.NotRunning, IllegalTransition, StaleWrite):
        log.info("verification_stopped", verification=key)
    else:
        log.info("verification_ended", verification=key, sound=report.sound)


class _Reporter:
    """Tells the row how far the verification is, now and then."""

    def __init__(self, key: UUID) -> None:
        self.key = key
        self.said = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Take note of the progress; raises NotRunning when it is to stop."""
        now = time.monotonic()
        if now - self.said >= EVERY_S:
            self.said = now
            verifying.note_progress(key=self.key, done=done, total=total)
