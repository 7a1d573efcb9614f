"""The ledger with a million entries: catching up, verifying, proving, the explorer, exports.

`BENCH_SCALE=0.02` makes a ledger of twenty thousand for a quick look; bars count at a million.
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from django.db import connection
from django.urls import reverse

from audit import counting, key_ring, search
from audit.checkpoints import newest
from audit.models import Entry
from audit.proofs import prove
from audit.sealing import Sealer
from audit.verification import Asked, verify
from orchestration.vocabulary import Role
from tests.bench.bench_pages import visit
from tests.bench.conftest import BenchWorld
from tests.bench.figures import judge, percentile, say
from tests.bench.ledger_world import KINDS, SCALE, rows, statements
from tests.integration.live.lines import sign_in
from tests.machinery.databases import ROOT, Database

ENTRIES = int(1_000_000 * SCALE)
STATEMENT = 5000
DAYS = 20
PROOFS = 500
VISITS = 15
FEW = "message.sent"
"""A kind that a sixth of the entries have."""

FORMATS = ("bundle", "aat", "cloudevents", "ocsf", "csv")
FLAT_MB = 30
"""By how much an export of ten times as many entries may need more memory."""


def test_a_million_entries(world: BenchWorld, committed_database: Database) -> None:
    sealer = Sealer(key_ring.signing_key())
    sealer.seal()
    fill(committed_database)
    catching_up(sealer)
    verifying(sealer)
    proving()
    explorer(world)
    exports(committed_database)


def fill(database: Database) -> None:
    """A million entries of fifty agents, recorded over twenty days up to now."""
    statement, _ = statements()
    default = "alter table audit_entry alter column recorded_at set default"
    turns = max(1, ENTRIES // STATEMENT)
    began = time.perf_counter()
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        for turn in range(turns):
            at = datetime.now(UTC) - timedelta(days=DAYS) * (1 - turn / turns)
            owner.execute(f"{default} '{at.isoformat()}'::timestamptz + random() * interval '1 h'")
            owner.execute(statement.encode(), [json.dumps(rows(STATEMENT))])
        owner.execute(f"{default} clock_timestamp()")
        owner.execute("vacuum analyze")
    say("entries made", f"{turns * STATEMENT:,} in {time.perf_counter() - began:.0f} s")


@contextmanager
def measured() -> Iterator[Callable[[], float]]:
    """Tells the seconds that went by since it was entered."""
    began = time.perf_counter()
    yield lambda: time.perf_counter() - began


def catching_up(sealer: Sealer) -> None:
    """One pass over everything, as after a long stop of the sealer; then what follows behind it."""
    with measured() as taken:
        placed = sealer.seal().entries
        judge("catch-up of the sealer", round(placed / taken()), "entries/s", at_least=50_000)
    with measured() as taken:
        say("  counting for totals", f"{counting.count_new() / taken():,.0f} entries/s")
    with measured() as taken:
        indexed = search.index_for(20 * SCALE)
        say("  indexing for search", f"{indexed / taken():,.0f} entries/s")
    search_to_the_end()


def search_to_the_end() -> None:
    """The index in one statement, as if the sealer had had the time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_search select e.id, audit_words(e) from audit_entry e"
            " on conflict (entry) do nothing"
        )
        cursor.execute(
            "update audit_search_position set leaf_index = (select max(size) from audit_checkpoint)"
        )
        cursor.execute("analyze audit_leaf, audit_tally, audit_search")


def verifying(sealer: Sealer) -> None:
    """Everything derived again, every column against its body, on all cores."""
    cores = os.cpu_count() or 1
    with measured() as taken:
        report = verify(Asked(sealer.key.verifier, processes=cores))
        rate = report.entries / taken()
    assert report.sound, str(report)
    judge(
        f"full verification with column check, {cores} cores",
        round(rate),
        "entries/s",
        at_least=50_000,
    )


def proving() -> None:
    """From an entry_id to a proof with its signed checkpoint, as a reader asks for it."""
    last = newest()
    assert last is not None
    chance = random.Random(7)  # noqa: S311 - which entries are proven
    highest = Entry.objects.latest("id").id
    wanted = {chance.randrange(highest - ENTRIES + 1, highest) for _ in range(PROOFS)}
    ids = list(Entry.objects.filter(id__in=wanted).values_list("entry_id", flat=True))
    times = []
    for entry_id in ids:
        with measured() as taken:
            prove(entry_id, scopes=[""])
            times.append(taken())
    what = f"proof of an entry among {last.size:,} leaves, p99 of {len(times)}"
    judge(what, round(percentile(times, 99) * 1000, 1), "ms", at_most=25)
    say("  median", f"{percentile(times, 50) * 1000:.1f} ms")


def explorer(world: BenchWorld) -> None:
    """The page as a reviewer of everything, and as one of a unit, gets it from the server."""
    everything = sign_in(world.person("bea", Role.ADMIN))
    reviewer = sign_in(world.person("rea", Role.REVIEWER))
    gc.freeze()  # as console.asgi does
    page = reverse("ledger")
    for who, client in (("reader of all", everything), ("reviewer of a unit", reviewer)):
        for query in ("", f"?q=kind:{FEW}", "?q=rerouted"):
            times = sorted(visit(client, page + query)[0] for _ in range(VISITS))[1:]
            told = round(percentile(times, 50) * 1000)
            what = f"explorer, {query or 'first page'}, {who} (median server time)"
            if query:
                say(what, f"{told} ms")
            else:
                judge(what, told, "ms", at_most=100)


def exports(database: Database) -> None:
    """Rate and memory of each format, by the command in a process of its own."""
    environment = {**os.environ, **database.environment()}
    environment["DATA"] = str(_data())
    base, small = 0.0, ENTRIES // 60
    for form in FORMATS:
        few, few_mb, _ = export(environment, form, small)
        many, many_mb, seconds = export(environment, form, ENTRIES // 10)
        base = max(base, few_mb)
        say(f"export of {many:,} entries as {form}", f"{many / seconds:,.0f} entries/s")
        what = f"  memory beyond that of an export of {few:,}"
        judge(what, round(many_mb - few_mb, 1), "MB", at_most=FLAT_MB)


def _data() -> Path:
    from django.conf import settings

    return Path(settings.DATA)


def export(environment: dict[str, str], form: str, entries: int) -> tuple[int, float, float]:
    """Export about so many entries of one kind; returns how many, peak memory in MB, seconds."""
    share = entries * len(KINDS) / ENTRIES
    until = datetime.now(UTC) - timedelta(days=DAYS) * (1 - min(share, 1))
    out = _data() / f"export-{form}"
    command = [sys.executable, "manage.py", "ledger", "--skip-checks", "export", "--json"]
    command += ["--format", form, "--kind", FEW, "--to", until.isoformat(), "--out", str(out)]
    with measured() as taken, (_data() / "said").open("w+") as said:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode, seconds = os.waitstatus_to_exitcode(status), taken()
        said.seek(0)
        told = said.read()
    assert process.returncode == 0
    out.unlink()
    return int(json.loads(told)["entries"]), usage.ru_maxrss / 1024, seconds
