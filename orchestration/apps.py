"""The Django app that holds agents, policies, goals and their work."""

from __future__ import annotations

from django.apps import AppConfig


class OrchestrationConfig(AppConfig):
    """Registers the installed tools and handlers when Django starts."""

    name = "orchestration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the blueprints, so that what their agents and tools need is registered."""
        from orchestration.blueprints import register_installed

        register_installed()
