"""Jobs that keep things moving: dispatch, the way of goals, and the sweep of what got stuck.

They run in a worker of their own, so that a full fleet never delays an expiry or a recovery.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from orchestration.operations import (
    approvals,
    attempts,
    auditors,
    budgets,
    dispatch,
    goals,
    policy_replays,
    verifying,
    waiting,
)
from orchestration.operations.signals import ADVANCE, DISPATCH

log = structlog.get_logger(__name__)


@shared_task(name=DISPATCH, soft_time_limit=50, time_limit=60)
def dispatch_ready() -> None:
    """Award and admit what is ready."""
    dispatch.dispatch()


@shared_task(name=ADVANCE, soft_time_limit=50, time_limit=60)
def advance_goal(goal: str) -> None:
    """Move a goal on when nothing of it is under way."""
    done = goals.advance_goal(goal_id=UUID(goal))
    if done:
        log.info("goal_advanced", goal=goal, done=done)


@shared_task(name="orchestration.jobs.control.sweep", soft_time_limit=50, time_limit=60)
def sweep() -> None:
    """Look for rows that should be moving and are not: lost attempts, due waits, lost messages."""
    approvals.expire_due()
    auditors.note_ended_accounts()
    attempts.reap_lost_attempts()
    waiting.wake_due(timezone.now())
    budgets.reclaim_slices()
    verifying.redrive_verifications()
    policy_replays.redrive_replays()
    for goal in goals.goals_to_advance():
        goals.advance_goal(goal_id=goal)
    dispatch.dispatch()
    dispatch.release_stale_admissions()
