"""What benches of the ledger share: a database, entries to write, a plain table, a live sealer."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.machinery.databases import Database, drop

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
"""A part of the full size, for a quick look; figures with a bar count only at 1."""

WRITERS = 8
PLAIN = """
create table plain_entry (like audit_entry including defaults including indexes);
alter table plain_entry drop column leaf_hash, drop column xid;
grant insert, select on plain_entry to {role};
"""
"""The same columns and indexes, but for what only a ledger needs: hash, transaction, its index."""

KINDS = ("step.allowed", "step.done", "step.held", "step.denied", "task.completed", "message.sent")
UNITS = ("acme/freight/eu", "acme/freight/asia", "acme/finance", "acme/support", "umbra/legal")
_numbers = itertools.count()


@contextmanager
def ledger_database() -> Iterator[Database]:
    """A migrated database of our own, with Django connected to it."""
    server = Database(os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"])
    name = f"sb_bench_{os.getpid()}"
    database = server.named(name)
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(f"create database {name}")
    try:
        environment = {**os.environ, **database.environment(), "DATA": tempfile.mkdtemp()}
        migrate = [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"]
        subprocess.run(migrate, env=environment, check=True)
        os.environ.update(environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"
        import django

        django.setup()
        yield database
        from django.db import connections

        connections.close_all()
    finally:
        drop(server, name)


def rows(count: int) -> list[dict[str, Any]]:
    """Rows of entries as a fleet of fifty agents writes them."""
    from audit.entries import Actor, Draft, row
    from audit.identifiers import new_id

    return [
        row(
            Draft(
                kind=KINDS[number % len(KINDS)],
                actor=Actor("agent", f"agent-{number % 50}", "router"),
                subject_kind="step",
                subject_id=str(new_id()),
                scope=UNITS[number % len(UNITS)],
                goal=f"0190b0a0-0000-7000-8000-{number // 2000:012x}",
                revision=1,
                decision="allow",
                outcome="rerouted" if number % 7 == 0 else "",
                data={"ordinal": number, "target": "routes.search", "bundle": 3},
            )
        )
        for number in itertools.islice(_numbers, count)
    ]


def statements() -> tuple[str, str]:
    """The ledger's INSERT and the plain one."""
    from audit.entries import ENTRY_RECORD, INSERT_ENTRIES

    ours = f"{INSERT_ENTRIES} jsonb_to_recordset(%s::jsonb) as {ENTRY_RECORD}"
    return ours, ours.replace("into audit_entry", "into plain_entry")


def prepare_plain(database: Database) -> None:
    """Make the plain table, empty."""
    role = psycopg.conninfo.conninfo_to_dict(database.url)["user"]
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("drop table if exists plain_entry")
        owner.execute(PLAIN.format(role=role).encode(), prepare=False)


def rate(database: Database, statement: str, batch: int, seconds: float) -> float:
    """Entries a second of all writers together, with documents made beforehand."""
    documents = [json.dumps(rows(batch)) for _ in range(int(12_000 * seconds / batch**0.5))]
    counts: list[int] = []
    began = time.monotonic()

    def write() -> None:
        done = 0
        with psycopg.connect(database.url, autocommit=True, prepare_threshold=0) as connection:
            while documents and time.monotonic() < began + seconds:
                connection.execute(statement.encode(), [documents.pop()])
                done += 1
        counts.append(done * batch)

    run_all([write] * WRITERS)
    return sum(counts) / (time.monotonic() - began)


def run_all(work: list[Callable[[], None]]) -> None:
    """Run in threads and wait."""
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def live_sealer() -> Iterator[None]:
    """A sealer beside the writers, as a process of its own."""
    process = subprocess.Popen([sys.executable, "manage.py", "ledger_seal"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
