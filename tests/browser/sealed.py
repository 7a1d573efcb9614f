"""A console in a browser over a ledger that a real sealer seals."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from audit.checkpoints import newest
from audit.models import Entry
from orchestration.models import Approval
from tests.integration.audit.conftest import History
from tests.integration.console.desk import Desk
from tests.machinery.databases import Database
from tests.machinery.programs import Programs

PATIENCE_S = 20


class SealedConsole:
    """Two organisations, a payment that is held, a sealer, and an insider."""

    def __init__(self, database: Database, programs: Programs, folder: Path) -> None:
        self.history = History(database)
        self.desk = Desk(folder)
        self.approval: Approval = self.desk.hold_payment()
        self.opened = Entry.objects.get(kind="approval.opened")
        programs.start("manage.py", "ledger_seal", name="sealer")
        self.wait_until_sealed()

    def wait_until_sealed(self) -> None:
        """Wait until everything written so far has its place."""
        until = time.monotonic() + PATIENCE_S
        written = Entry.objects.count()
        while time.monotonic() < until:
            last = newest()
            if last is not None and last.size >= written:
                return
            time.sleep(0.1)
        raise AssertionError("the sealer did not seal")

    def tamper(self, statement: str) -> None:
        """Change the row of the approval's opening behind the ledger's back."""
        self.history.tamper(statement.format(self.opened.id))


def rows(page: Any) -> list[str]:
    """The kinds of the entries shown."""
    found: list[str] = page.locator("#entries td.kd").all_inner_texts()
    return [text.strip() for text in found]
