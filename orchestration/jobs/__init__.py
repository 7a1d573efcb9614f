"""Celery jobs: a few lines each, ids in, idempotent, time-limited. Rows hold the work."""

from orchestration.jobs import control, notifying, replaying, verifying, watching, work

__all__ = ["control", "notifying", "replaying", "verifying", "watching", "work"]
