"""Celery jobs: a few lines each, ids in, idempotent, time-limited. Rows hold the work."""

from orchestration.jobs import control, work

__all__ = ["control", "work"]
