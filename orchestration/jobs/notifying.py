"""The job that tells people outside the console what waits for them."""

from __future__ import annotations

import time

import structlog
from celery import shared_task

from orchestration.errors import ConfigurationError, InvalidInput
from orchestration.notifying.carrying import carry
from orchestration.operations import deliveries
from orchestration.outgoing.client import CallFailed

log = structlog.get_logger(__name__)

ENOUGH_S = 30.0
"""The next run goes on where this one stops."""


@shared_task(name="orchestration.jobs.notifying.tell_people", soft_time_limit=55, time_limit=60)
def tell_people() -> None:
    """Gather news, and send what may go out."""
    deliveries.gather_news()
    until = time.monotonic() + ENOUGH_S
    while time.monotonic() < until:
        envelope = deliveries.next_message()
        if envelope is None:
            return
        error = _send(envelope)
        deliveries.settle_message(envelope=envelope, error=error)
        log.info("message_sent" if not error else "message_failed", error=error or None)


def _send(envelope: deliveries.Envelope) -> str:
    """Send one message; returns why it did not arrive, empty when it did."""
    try:
        carry(envelope.kind, envelope.destination, envelope.secret, envelope.message)
    except (CallFailed, ConfigurationError, InvalidInput) as error:
        return str(error)
    return ""
