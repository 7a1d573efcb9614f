"""The Django app of the console: grants the application role its rights after migrations."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConsoleConfig(AppConfig):
    """Registers the system checks and the grants."""

    name = "console"

    def ready(self) -> None:
        """Connect what must run when Django has started.

        The Celery app becomes the current one here, so that every program enqueues through it.
        """
        import_module("console.celery")
        import_module("console.checks")
        # Django sends this only for apps that have models, after all of them have their tables.
        post_migrate.connect(self._grant, sender=apps.get_app_config("orchestration"))

    def _grant(self, using: str, **_: Any) -> None:
        from console.rights import grant_application_rights

        grant_application_rights(using)
