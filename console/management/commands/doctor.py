"""`manage.py doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from console.diagnosis import carriers, database, installation, ledger
from console.diagnosis.findings import Finding, Level, Probe

PROBES: tuple[Probe, ...] = (database.look, carriers.look, installation.look, ledger.look)
MARKS = {Level.FINE: "ok", Level.WARNING: "note", Level.WRONG: "WRONG"}


class Command(BaseCommand):
    """Prints a line for each thing looked at; ends with status 1 if something is wrong."""

    help = "Check everything a self-hoster can get wrong, and say how to mend it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every probe."""
        found = [finding for probe in PROBES for finding in probe()]
        for finding in found:
            self._show(finding)
        wrong = sum(finding.level is Level.WRONG for finding in found)
        if wrong:
            self.stdout.write(f"{wrong} of {len(found)} things are wrong.")
            sys.exit(1)
        self.stdout.write("Nothing is wrong.")

    def _show(self, finding: Finding) -> None:
        self.stdout.write(f"{MARKS[finding.level]:<6}{finding.says}  [{finding.id}]")
        if finding.mend:
            self.stdout.write(f"      {finding.mend}")
