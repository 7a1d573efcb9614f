"""`manage.py setup`: bring the database up to date and install what Signalbox ships with."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrates as the owner of the database, then installs the baseline; safe to repeat."""

    help = "Create or update the tables and install the baseline policies and blueprints."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then install."""
        call_command("migrate", interactive=False, verbosity=options["verbosity"] - 1)
        if find_spec("orchestration.operations.installation"):
            import_module("orchestration.operations.installation").install()
        if options["verbosity"]:
            self.stdout.write("The database is up to date.")
