"""`manage.py accounts`: give the demo accounts new passwords and show them once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from console.accounts import renew_accounts


class Command(BaseCommand):
    """Prints one line for each account: its name and its new password."""

    help = "Give the demo accounts new passwords and print them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the passwords and print them."""
        for username, password in renew_accounts().items():
            self.stdout.write(f"  {username:<12} {password}")
