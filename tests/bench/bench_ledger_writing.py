"""What the ledger costs writers: beside a plain INSERT of the same columns and indexes in this run.

Plain and ledger take turns, so that both meet the same weather; the figure is the median of the
ratios of neighbours. A sealer works beside the writers as in production, its search index and its
counters included.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time

import psycopg

from tests.bench.figures import judge, percentile, say
from tests.bench.ledger_world import (
    SCALE,
    WRITERS,
    ledger_database,
    live_sealer,
    prepare_plain,
    rate,
    rows,
    run_all,
    statements,
)
from tests.machinery.databases import Database

ROUNDS = max(5, int(7 * SCALE))
SECONDS = max(0.3, 2.0 * SCALE)
PACE = 2000
LAG_SECONDS = max(3.0, 20.0 * SCALE)

PARTITIONS = "select inhrelid from pg_inherits where inhparent = 'audit_entry'::regclass"
SIZES = f"""
select (select sum(pg_total_relation_size(inhrelid)) from ({PARTITIONS}) p),
  pg_total_relation_size('audit_leaf') + pg_total_relation_size('audit_tile'),
  pg_total_relation_size('audit_checkpoint'),
  pg_total_relation_size('audit_search'), pg_total_relation_size('audit_tally'),
  (select count(*) from audit_entry), pg_total_relation_size('plain_entry'),
  (select count(*) from plain_entry)
"""


def main() -> None:
    """Measure and print."""
    with ledger_database() as database:
        prepare_plain(database)
        empty = sizes(database)
        write_ratio(database, 1)
        bytes_an_entry(empty, sizes(database))
        prepare_plain(database)
        write_ratio(database, 10)
        seal_lag(database)
        rivals(database)


def write_ratio(database: Database, batch: int) -> None:
    """Entries a second by 8 writers with a live sealer, interleaved with the plain table."""
    ours, plain = statements()
    ledger_rates, plain_rates = [], []
    with live_sealer():
        for _ in range(ROUNDS):
            plain_rates.append(rate(database, plain, batch, SECONDS))
            ledger_rates.append(rate(database, ours, batch, SECONDS))
    ratios = [one / other for one, other in zip(ledger_rates, plain_rates, strict=True)]
    what = f"write ratio to plain, {WRITERS} writers, {batch} a transaction"
    judge(what, round(statistics.median(ratios), 3), at_least=0.80)
    say(
        "  entries a second, ledger / plain",
        f"{statistics.median(ledger_rates):.0f} / {statistics.median(plain_rates):.0f}",
    )


def sizes(database: Database) -> list[int]:
    """What the tables take on disk, and how many rows they hold."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("vacuum analyze")
        found = owner.execute(SIZES.encode()).fetchone()
    assert found is not None
    return [int(one) for one in found]


def bytes_an_entry(before: list[int], after: list[int]) -> None:
    """Disk an entry as these writers left it, over the plain table's as they left that one."""
    grown = [now - then for now, then in zip(after, before, strict=True)]
    *ledger, count, plain, plain_count = grown
    row, tree, heads, search, tally = (size / count for size in ledger)
    theirs = plain / plain_count
    over = round(row + tree + heads - theirs)
    judge("bytes an entry over plain (row, tree, checkpoints)", over, at_most=200)
    parts = f"{row:.0f} / {tree:.0f} / {heads:.0f}, {theirs:.0f}"
    say("  row / tree / checkpoints, against plain", parts)
    say("  apart: search index / counters", f"{search:.0f} / {tally:.0f}")


def seal_lag(database: Database) -> None:
    """How long entries wait for their checkpoint to be there for others, at a steady pace."""
    seen: list[tuple[float, int]] = []
    stop = threading.Event()

    def watch() -> None:
        with psycopg.connect(database.url, autocommit=True) as connection:
            while not stop.wait(0.01):
                head = connection.execute("select max(size) from audit_checkpoint").fetchone()
                seen.append((time.time(), int(head[0] or 0) if head else 0))

    with live_sealer():
        time.sleep(2)
        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.time()
        pace(database, LAG_SECONDS)
        time.sleep(3)
        stop.set()
        watcher.join()
    lags = lags_of(database, began, seen)
    what = f"seal lag at {len(lags) / LAG_SECONDS:.0f} entries/s, p99"
    judge(what, round(percentile(lags, 99), 2), "s", at_most=2.0)
    say("  median", f"{statistics.median(lags):.2f} s")


def pace(database: Database, seconds: float) -> None:
    """Write one entry a transaction, so many a second over all writers."""
    ours, _ = statements()
    documents = [json.dumps(rows(1)) for _ in range(int(PACE * seconds))]
    every = WRITERS / PACE

    def write() -> None:
        due = time.monotonic()
        with psycopg.connect(database.url, autocommit=True, prepare_threshold=0) as connection:
            while True:
                try:
                    document = documents.pop()
                except IndexError:
                    return
                connection.execute(ours.encode(), [document])
                due += every
                time.sleep(max(0.0, due - time.monotonic()))

    run_all([write] * WRITERS)


def lags_of(database: Database, began: float, seen: list[tuple[float, int]]) -> list[float]:
    """For each entry since then, from its recording until a checkpoint over it was seen."""
    with psycopg.connect(database.url) as connection:
        found = connection.execute(
            "select l.leaf_index, extract(epoch from e.recorded_at)::float8 from audit_entry e"
            " left join audit_placed l on l.entry = e.id"
            " where e.recorded_at >= to_timestamp(%s) order by l.leaf_index",
            [began],
        ).fetchall()
    assert all(index is not None for index, _ in found), "an entry was not sealed at all"
    lags, place = [], 0
    for index, recorded_at in found:
        while seen[place][1] <= index:
            place += 1
        lags.append(seen[place][0] - recorded_at)
    return lags


def rivals(database: Database) -> None:
    """The same writes recorded by others, in a process that has them installed."""
    environment = {**os.environ, "DATABASE_URL": database.owner_url}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.bench.rivals.settings"
    command = [sys.executable, "-m", "tests.bench.rivals.compare"]
    subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
