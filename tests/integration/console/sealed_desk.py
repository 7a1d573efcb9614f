"""A desk whose ledger is sealed, and an insider who can do anything to its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audit.models import Entry
from orchestration.jobs.verifying import verify_ledger
from orchestration.models import Approval, Verification
from orchestration.operations import verifying
from orchestration.vocabulary import Role
from tests.integration.audit.conftest import History
from tests.integration.console.desk import Desk
from tests.machinery.databases import Database

BACKDATE = "update audit_entry set recorded_at = recorded_at - interval '1 hour' where id = {}"
RELABEL = "update audit_entry set kind = 'approval.granted' where id = {}"


class SealedDesk:
    """Two organisations, a payment that is held, and a sealed ledger of all that."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.history = History(database)
        self.desk = Desk(folder)
        self.approval: Approval = self.desk.hold_payment()
        self.history.seal()
        self.opened = Entry.objects.get(kind="approval.opened")

    def tamper(self, statement: str) -> None:
        """Change the row of the approval's opening behind the ledger's back."""
        self.history.tamper(statement.format(self.opened.id))

    def verified(self) -> Verification:
        """A verification that was asked for and carried out."""
        run = verifying.request_verification(person=self.desk.here[Role.REVIEWER])
        job: Any = verify_ledger
        job.run(str(run.pk))
        run.refresh_from_db()
        return run
