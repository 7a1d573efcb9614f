"""A ledger of an earlier version is still sound, and goes on, after the tables were rebuilt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest
from psycopg import sql

from audit import keys
from audit.entries import ENTRY_RECORD, INSERT_ENTRIES, row
from audit.keys import SigningKey
from audit.notes import Note, TreeHead, parse_proof
from audit.payload_rows import INSERT_PAYLOADS, PAYLOAD_RECORD, PreparedPayload, build
from audit.tiles import Edge
from tests.integration.audit.conftest import draft
from tests.machinery import databases
from tests.machinery.databases import Database

BEFORE_RUNS = "0005"
"""The last version that kept a row a leaf, whole tiles, and the stamp of a body as an object."""

ENTRIES = f"{INSERT_ENTRIES} jsonb_to_recordset(%s::jsonb) as {ENTRY_RECORD}"
PAYLOADS = f"{INSERT_PAYLOADS} jsonb_to_recordset(%s::jsonb) as {PAYLOAD_RECORD}"
PLACED = (
    "insert into audit_leaf (leaf_index, entry, entry_id)"
    " select %s + row_number() over (order by id) - 1, id, entry_id from audit_entry e"
    " where not exists (select from audit_leaf l where l.entry = e.id)"
)
HASHES = (
    "select e.leaf_hash from audit_leaf l join audit_entry e on e.id = l.entry"
    " where l.leaf_index >= %s order by l.leaf_index"
)
TILE = "insert into audit_tile (level, number, hashes, root) values (%s, %s, %s, %s)"
CHECKPOINT = (
    "insert into audit_checkpoint (size, root, note, snapshot, system_identifier)"
    " select %s, %s, %s, pg_current_snapshot(), system_identifier::text from pg_control_system()"
)


class OldLedger:
    """Writes and seals as the version before the change did, in its own SQL."""

    def __init__(self, database: Database, key: SigningKey) -> None:
        self.database = database
        self.key = key
        self.edge = Edge()

    def write(self, count: int, payload: PreparedPayload | None = None) -> None:
        """Entries of one transaction, the last of them with a payload."""
        told = [draft(data={"n": n}) for n in range(count)]
        if payload:
            told.append(draft("tool.answered", payload=payload.digest))
        with psycopg.connect(self.database.url) as writer:
            if payload:
                writer.execute(PAYLOADS, [orjson.dumps([payload.row]).decode()])
            writer.execute(ENTRIES, [orjson.dumps([row(one) for one in told]).decode()])

    def seal(self) -> None:
        """Give indexes to what waits, keep the tiles that became full, and sign the tree."""
        with psycopg.connect(self.database.url) as sealer:
            start = self.edge.size
            sealer.execute(PLACED, [start])
            hashes = [bytes(one) for (one,) in sealer.execute(HASHES, [start])]
            for tile in self.edge.extend(hashes):
                values = [tile.level, tile.number, b"".join(tile.hashes), tile.root]
                sealer.execute(TILE, values)
            root = self.edge.root()
            text = str(TreeHead(self.key.verifier.name, self.edge.size, root))
            note = str(Note(text, (self.key.sign(text),)))
            sealer.execute(CHECKPOINT, [self.edge.size, root, note])


@pytest.fixture
def old(postgres: Database, worker_database: Database) -> Iterator[Database]:
    """A database with the ledger's tables as they were, and nothing in them."""
    name = f"{worker_database.name}_old"
    with psycopg.connect(postgres.owner_url, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    made = postgres.named(name)
    databases.manage(made, "migrate", "audit", BEFORE_RUNS)
    yield made
    databases.drop(postgres, name)


def test_a_ledger_of_an_earlier_version_is_sound_after_the_tables_were_rebuilt(
    old: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA", str(tmp_path))
    key = keys.generate("old.example/log")
    ledger = OldLedger(old, key)
    for count in (1, 200, 90, 30):
        ledger.write(count, build({"route": ["SGSIN", count]}))
        ledger.seal()
    ledger.write(3)
    with psycopg.connect(old.url) as reader:
        [(first, body, whole)] = reader.execute(
            "select e.entry_id, e.body, (select length(hashes) from audit_tile)"
            " from audit_entry e order by id limit 1"
        )
    assert '"_":{' in body, "the stamp was an object then"
    assert whole == 256 * 32, "and a tile held its hashes"

    databases.manage(old, "migrate")

    told = json.loads(
        databases.manage(old, "ledger", "verify", "--key", str(key.verifier), "--json")
    )
    assert told["faults"] == []
    assert (told["size"], told["pending"], told["tiles"]) == (325, 3, 1)
    assert (told["checkpoints"], told["payloads"]) == (4, 4)
    proven = json.loads(databases.manage(old, "ledger", "prove", str(first), "--json"))
    assert proven["body"] == body
    assert parse_proof(proven["proof"]).index == 0
    with psycopg.connect(old.url) as writer:
        writer.execute(ENTRIES, [orjson.dumps([row(draft())]).decode()])
        [(newest,)] = writer.execute("select body from audit_entry order by id desc limit 1")
    assert newest.startswith('{"_":['), "what is written now has the stamp of now"
    told = json.loads(
        databases.manage(old, "ledger", "verify", "--key", str(key.verifier), "--json")
    )
    assert (told["faults"], told["pending"]) == ([], 5), "one more, and the proof that was read"
