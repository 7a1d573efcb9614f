"""`manage.py accounts`: give the demo accounts new passwords and show them once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console.accounts import make_missing_accounts, renew_accounts


class Command(BaseCommand):
    """Prints one line for each account: its name and its new password."""

    help = "Give the demo accounts new passwords and print them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to leave existing accounts as they are."""
        parser.add_argument(
            "--missing",
            action="store_true",
            help="create only the accounts that do not exist yet; change no password",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the passwords and print them."""
        made = make_missing_accounts() if options["missing"] else renew_accounts()
        for username, password in made.items():
            self.stdout.write(f"  {username:<12} {password}")
