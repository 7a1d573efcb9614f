"""`manage.py setup`: bring the database up to date and install what Signalbox ships with."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from console.accounts import install_demo
from orchestration.operations.installation import install


class Command(BaseCommand):
    """Migrates as the owner of the database, then installs the baseline; safe to repeat."""

    help = "Create or update the tables and install the baseline policies and tools."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the demo."""
        parser.add_argument(
            "--demo",
            action="store_true",
            help="also install the blueprints and demo accounts; prints the passwords of new ones",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then install."""
        call_command("migrate", interactive=False, verbosity=max(0, options["verbosity"] - 1))
        install()
        if options["verbosity"]:
            self.stdout.write("The database is up to date.")
        if options["demo"]:
            for username, password in install_demo().items():
                self.stdout.write(f"  {username:<12} {password}")
