"""The job that looks each second for trouble between agents and for what is unusual about them."""

from __future__ import annotations

from celery import shared_task

from orchestration.operations.findings import end_mutes
from orchestration.operations.watching import watch_ledger

WATCH = "orchestration.jobs.watching.watch"


@shared_task(name=WATCH, soft_time_limit=50, time_limit=60)
def watch() -> None:
    """Look at what became news, and open findings again whose mute has ended."""
    watch_ledger()
    end_mutes()
