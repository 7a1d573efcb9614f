"""The Django app of the ledger."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Names the app; the ledger needs nothing done at start."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"
