"""How fast the ledger is, against a plain INSERT of the same columns and indexes in the same run.

`python -m tests.bench.ledger_bench [--seconds 2] [--rounds 5]` with DATABASE_URL and
DATABASE_OWNER_URL set; makes and drops a database of its own. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.machinery.databases import Database, drop

WRITERS = 8
MOST_STATEMENTS = 14_000
PLAIN = """
create table plain_entry (like audit_entry including defaults including indexes);
alter table plain_entry drop column leaf_hash, drop column xid;
drop index if exists plain_entry_xid_idx;
grant insert, select on plain_entry to {role};
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--leaves", type=int, default=200_000)
    given = parser.parse_args()
    with ledger_database() as database:
        results = {
            "write_ratio_1": write_ratio(database, 1, given.seconds, given.rounds),
            "write_ratio_10": write_ratio(database, 10, given.seconds, given.rounds),
            "sealing": sealing(database, given.leaves),
        }
        results["bytes_an_entry"] = bytes_an_entry(database)
    sys.stdout.write(json.dumps(results, indent=2) + "\n")


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
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=environment, check=True)
        os.environ.update(environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"
        import django

        django.setup()
        yield database
    finally:
        from django.db import connections

        connections.close_all()
        drop(server, name)


def rows(count: int) -> str:
    """Entries ready for the statement, as JSON."""
    from audit.entries import Actor, Draft, row

    made = [
        row(
            Draft(
                kind="step.allowed",
                actor=Actor("agent", f"agent-{number % 50}", "router"),
                subject_kind="step",
                subject_id=f"step-{time.time_ns()}-{number}",
                scope="demo/freight/eu",
                goal="0190b0a0-0000-7000-8000-000000000000",
                revision=1,
                decision="allow",
                data={"ordinal": number, "target": "routes.search", "bundle": 3},
            )
        )
        for number in range(count)
    ]
    return json.dumps(made)


def statements() -> tuple[str, str]:
    """The ledger's INSERT and the plain one."""
    from audit.entries import ENTRY_RECORD, INSERT_ENTRIES

    ours = f"{INSERT_ENTRIES} jsonb_to_recordset(%s::jsonb) as {ENTRY_RECORD}"
    return ours, ours.replace("into audit_entry", "into plain_entry")


def write_ratio(database: Database, batch: int, seconds: float, rounds: int) -> dict[str, Any]:
    """Entries a second by 8 writers with a live sealer, interleaved with the plain table."""
    prepare_plain(database)
    ours, plain = statements()
    rates: dict[str, list[float]] = {"ledger": [], "plain": []}
    with live_sealer():
        for _ in range(rounds):
            rates["plain"].append(rate(database, plain, batch, seconds))
            rates["ledger"].append(rate(database, ours, batch, seconds))
    pairs = zip(rates["ledger"], rates["plain"], strict=True)
    return {
        "ratio": round(statistics.median(ledger / plain for ledger, plain in pairs), 3),
        **{name: round(statistics.median(found)) for name, found in rates.items()},
    }


def prepare_plain(database: Database) -> None:
    role = psycopg.conninfo.conninfo_to_dict(database.url)["user"]
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("drop table if exists plain_entry")
        owner.execute(PLAIN.format(role=role).encode(), prepare=False)


def rate(database: Database, statement: str, batch: int, seconds: float) -> float:
    """Entries a second of all writers together."""
    counts: list[int] = []
    batches = [rows(batch) for _ in range(int(MOST_STATEMENTS * seconds / batch**0.5))]
    began = time.monotonic()

    def write() -> None:
        done = 0
        with psycopg.connect(database.url, autocommit=True, prepare_threshold=0) as connection:
            while batches and time.monotonic() < began + seconds:
                connection.execute(statement.encode(), [batches.pop()])
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


def sealing(database: Database, leaves: int) -> dict[str, Any]:
    """Catching up, verifying and proving over many entries."""
    from audit import key_ring
    from audit.checkpoints import newest
    from audit.sealing import Sealer
    from audit.tree import StoredTree
    from audit.verification import Asked, verify

    sealer = Sealer(key_ring.signing_key())
    sealer.seal()
    ours, _ = statements()
    with psycopg.connect(database.url, autocommit=True) as connection:
        for _ in range(leaves // 5000):
            connection.execute(ours.encode(), [rows(5000)])
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("analyze")
    began = time.perf_counter()
    placed = sealer.seal().entries
    caught_up = time.perf_counter() - began
    began = time.perf_counter()
    report = verify(Asked(sealer.key.verifier, processes=os.cpu_count() or 1))
    verified = time.perf_counter() - began
    last = newest()
    size = last.size if last else 0
    times = []
    for number in range(200):
        began = time.perf_counter()
        StoredTree().inclusion(number * 7919 % size, size)
        times.append(time.perf_counter() - began)
    return {
        "catch_up_per_s": round(placed / caught_up),
        "verify_per_s": round(report.entries / verified),
        "sound": report.sound,
        "leaves": size,
        "proof_p50_ms": round(sorted(times)[100] * 1000, 2),
        "proof_p99_ms": round(sorted(times)[198] * 1000, 2),
    }


def bytes_an_entry(database: Database) -> dict[str, Any]:
    """Disk an entry over the plain table."""
    prepare_plain(database)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "insert into plain_entry select id, recorded_at, occurred_at, revision, entry_id, goal,"
            " parent, kind, actor_kind, actor_id, actor_name, on_behalf_of, subject_kind,"
            " subject_id, scope, decision, outcome, request_id, trace_id, span_id, payload,"
            " '{' || substr(body, position('},' in body) + 2) from audit_entry order by id"
        )
        owner.execute("vacuum full audit_leaf, audit_tile, plain_entry")
        partitions = "select inhrelid from pg_inherits where inhparent = 'audit_entry'::regclass"
        for (name,) in owner.execute(
            f"select oid::regclass::text from pg_class where oid in ({partitions})"
        ).fetchall():
            owner.execute(f"vacuum full {name}")
        ours, plain, count = owner.execute(
            f"select (select sum(pg_total_relation_size(inhrelid)) from ({partitions}) p)"
            " + pg_total_relation_size('audit_leaf') + pg_total_relation_size('audit_tile'),"
            " pg_total_relation_size('plain_entry'), (select count(*) from audit_entry)"
        ).fetchone() or (0, 0, 1)
    return {"over_plain": round(float(ours - plain) / count, 1), "plain": round(plain / count, 1)}


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    main()
