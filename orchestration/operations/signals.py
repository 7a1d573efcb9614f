"""Telling workers to look: a message carries no work, it only says that there may be some.

Messages are sent after the commit, and one lost costs a second: the sweep looks as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

DISPATCH = "orchestration.jobs.control.dispatch"
WORK = "orchestration.jobs.work.run_tasks"
ADVANCE = "orchestration.jobs.control.advance_goal"
VERIFY = "orchestration.jobs.verifying.verify_ledger"
REPLAY = "orchestration.jobs.replaying.replay_history"


AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""Try again once, for a connection that broke meanwhile; who waits for a person's click is not made
to wait for a broker."""


@dataclass(frozen=True)
class _Message:
    """A message to be sent when the transaction has committed."""

    job: str
    args: tuple[str, ...]

    def __call__(self) -> None:
        """Send it now."""
        try:
            current_app.send_task(
                self.job, args=self.args, ignore_result=True, retry_policy=AT_ONCE
            )
        except OperationalError as error:
            # The broker is away. Rows hold the work and the sweep finds them, so nothing is lost.
            log.warning("message_not_sent", job=self.job, error=str(error))


def send(job: str, *args: str) -> None:
    """Queue a job by name once the transaction has committed; once, however often it is asked."""
    message = _Message(job, args)
    connection = transaction.get_connection()
    here = set(connection.savepoint_ids)
    waiting = (
        queued == message and savepoints <= here
        for savepoints, queued, *_ in connection.run_on_commit
    )
    if not any(waiting):
        transaction.on_commit(message)


def wake_workers() -> None:
    """Say that tasks became ready."""
    send(DISPATCH)
