"""Celery jobs: a few lines each, ids in, idempotent, time-limited. Rows hold the work."""

from orchestration.jobs import control, verifying, work

__all__ = ["control", "verifying", "work"]
