"""`manage.py ledger_seal`: gives entries their place in the tree and signs it, until stopped."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from audit.sealing_loop import SealingLoop


class Command(BaseCommand):
    """Runs the sealer. Any number may be started; one works and the others wait."""

    help = "Seal the ledger about once a second until stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        SealingLoop(stop).run()
