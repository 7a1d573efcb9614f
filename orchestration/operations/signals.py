"""Telling workers to look: a message carries no work, it only says that there may be some.

Messages are sent after the commit, and one lost costs a second: the sweep looks as well.
"""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

DISPATCH = "orchestration.jobs.control.dispatch"
WORK = "orchestration.jobs.work.run_tasks"
ADVANCE = "orchestration.jobs.control.advance_goal"


def send(job: str, *args: str) -> None:
    """Queue a job by name once the transaction has committed."""
    transaction.on_commit(lambda: _send_now(job, args))


def wake_workers() -> None:
    """Say that tasks became ready."""
    send(DISPATCH)


def _send_now(job: str, args: tuple[str, ...]) -> None:
    try:
        current_app.send_task(job, args=args, ignore_result=True)
    except OperationalError as error:
        # The broker is away. Rows hold the work and the sweep finds them, so nothing is lost.
        log.warning("message_not_sent", job=job, error=str(error))
