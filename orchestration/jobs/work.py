"""The job that carries out agent tasks: claims admitted tasks until there are none."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta
from functools import cache
from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings

from orchestration.operations.attempts import claim_tasks
from orchestration.operations.dispatch import dispatch
from orchestration.operations.signals import WORK
from orchestration.runtime.attempts import run_attempt
from orchestration.runtime.keeper import Keeper

log = structlog.get_logger(__name__)

LONGEST_TURN_S = 20
"""After so long a worker sends itself a new message, so that deploys and others get a turn."""


@cache
def _keeper() -> Keeper:
    return Keeper(timedelta(seconds=settings.LEASE_SECONDS))


@shared_task(name=WORK, time_limit=900, soft_time_limit=840)
def run_tasks() -> None:
    """Claim and run admitted tasks, one after the other, until none are left."""
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    worker = f"{socket.gethostname()}:{os.getpid()}"
    until = time.monotonic() + LONGEST_TURN_S
    while time.monotonic() < until:
        claimed = claim_tasks(worker=worker, limit=1, lease=lease)
        if not claimed:
            if dispatch():
                continue
            return
        for attempt in claimed:
            ended = run_attempt(attempt.pk, Path(settings.TOOL_FOLDER), _keeper())
            log.info("attempt_ended", attempt=str(attempt.pk), ended=ended)
    run_tasks.delay()
