#!/usr/bin/env python
"""The command line of Signalbox: `python manage.py help` lists what it can do."""

from __future__ import annotations

import os
import sys

OWNER_COMMANDS = frozenset({"migrate", "setup"})
"""Commands that change tables, and so connect as the owner of the database."""

WHAT_TO_DO = "Start Signalbox with `make run`; `manage.py doctor` says what else may be wrong."


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["RUNS_AS"] = "owner"

    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        _ = settings.INSTALLED_APPS
    except ImproperlyConfigured as refused:
        sys.exit(str(refused))
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):
            raise
        sys.exit(f"The database does not answer: {error}\n{WHAT_TO_DO}")


if __name__ == "__main__":
    main()
