"""A ledger with a history, and an insider who can do anything to its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from audit import key_ring, ledger, payloads
from audit.checkpoints import in_order, newest
from audit.entries import Actor, Draft
from audit.keys import SigningKey
from audit.notes import Note, TreeHead, VerifierKey, parse_head
from audit.reports import Report
from audit.sealing import Sealed, Sealer
from audit.verification import Asked, verify
from tests.machinery.databases import Database

ROUTER = Actor("agent", "router-1", "router")


TRIGGERS = (
    "select tgrelid::regclass::text, tgname from pg_trigger"
    " where tgrelid::regclass::text like 'audit%' and not tgisinternal and tgparentid = 0"
)

ONE_LEAF_A_ROW = (
    "create temp table single as"
    " select leaf_index, array[entry] as entries, leaf_hash as hashes from audit_placed",
    "delete from audit_leaf",
    "insert into audit_leaf select * from single",
)
"""Cuts the runs of leaves, so that a statement can strike one; as honest as longer runs are."""


def draft(kind: str = "step.allowed", **more: Any) -> Draft:
    """A draft of an entry about nothing in particular."""
    about = {"subject_kind": "step", "subject_id": "s-1", "scope": "demo/finance/eu", **more}
    return Draft(kind=kind, actor=ROUTER, **about)


class History:
    """A ledger being written, sealed, tampered with and verified."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sealer = Sealer(key_ring.signing_key())

    @property
    def key(self) -> VerifierKey:
        return self.sealer.key.verifier

    def write(self, count: int, kind: str = "step.allowed", **more: Any) -> list[str]:
        """Append entries in one transaction; returns their entry_ids."""
        with ledger.transaction():
            return [ledger.append(draft(kind, data={"n": n}, **more)) for n in range(count)]

    def write_payload(self, value: Any) -> str:
        """Append an entry with a payload; returns the payload's digest."""
        with ledger.transaction():
            digest = payloads.store(value)
            ledger.append(draft("tool.answered", payload=digest))
        return digest

    def seal(self) -> Sealed:
        return self.sealer.seal()

    def checkpoint(self) -> Note:
        """The newest checkpoint, as somebody could keep it elsewhere."""
        found = newest()
        assert found is not None
        return found.signed()

    def verify(self, *earlier: Note, witnesses: Sequence[VerifierKey] = ()) -> Report:
        return verify(Asked(self.key, earlier=earlier, witnesses=witnesses, processes=0))

    def verify_with(self, key: VerifierKey) -> Report:
        """Verify as a reader who believes this key."""
        return verify(Asked(key, processes=0))

    def checkpoint_size(self) -> int:
        return parse_head(self.checkpoint().text).size

    def sizes(self) -> list[int]:
        """Sizes of all checkpoints."""
        return [checkpoint.size for checkpoint in in_order()]

    def columns(self, table: str) -> set[str]:
        """The columns of a table."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select column_name from information_schema.columns where table_name = %s", [table]
            )
            return {name for (name,) in cursor.fetchall()}

    def resign(self, size: int, key: SigningKey) -> None:
        """Replace the signatures of the checkpoints of a size, as a forger would."""
        for checkpoint in in_order():
            if checkpoint.size == size:
                head = parse_head(checkpoint.signed().text)
                text = str(TreeHead(key.verifier.name, head.size, head.root))
                note = str(Note(text, (key.sign(text),)))
                self.tamper(
                    f"update audit_checkpoint set note = '{note}' where id = {checkpoint.id}"
                )

    def write_and_roll_back(self, count: int) -> None:
        """Write entries in a transaction that fails after they reached the database."""
        with transaction.atomic():
            self.write(count)
            transaction.set_rollback(True)

    def tamper(self, *statements: str) -> list[int]:
        """Run statements as the owner of the tables with all their triggers off."""
        with psycopg.connect(self.database.owner_url) as insider:
            tables = insider.execute(
                "select relname from pg_class where relname like 'audit%' and relkind in ('r', 'p')"
            ).fetchall()
            for (table,) in tables:
                insider.execute(f"alter table {table} disable trigger user")
            for statement in ONE_LEAF_A_ROW:
                insider.execute(statement)
            counts = [insider.execute(statement).rowcount for statement in statements]
            for table, trigger in insider.execute(TRIGGERS).fetchall():
                insider.execute(f"alter table {table} enable always trigger {trigger}")
            return counts


@pytest.fixture
def history(
    committed_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> History:
    """A sealed history of 300 entries and more: one full tile, four checkpoints, a payload."""
    monkeypatch.setattr(settings, "DATA", tmp_path / "state")
    made = History(committed_database)
    made.seal()
    made.write(120)
    made.seal()
    made.write(160)
    made.seal()
    made.write_payload({"route": ["SGSIN", "NLRTM"]})
    made.write(20)
    made.seal()
    return made
