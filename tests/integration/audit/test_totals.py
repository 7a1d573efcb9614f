"""Totals, facets and the strip over time are exact, whatever was counted already or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import psycopg
import pytest
from django.db import connection, transaction

from audit import counting, reading, totals
from audit.models import Entry, Tally
from audit.reading import FACETS, Filters
from tests.integration.audit.conftest import History

READ_IN_ORDER = (
    "select coalesce(sum(seq_tup_read), 0) from pg_stat_xact_user_tables"
    " where relname like 'audit_entry%'"
)
READERS = ([""], ["demo/finance"], ["demo/legal", "demo/finance/eu"], [])
ASKED = (
    Filters(),
    Filters(kinds=("step.*",)),
    Filters(not_kinds=("step.denied",)),
    Filters(actor="router-1"),
    Filters(outcome="rerouted"),
    Filters(decision="deny", subject_kind="step"),
    Filters(units=("demo/finance",)),
    Filters(words=("rerouted",)),
    Filters(goal="0190b0a0-0000-7000-8000-0000000000aa"),
)


def scatter(history: History) -> None:
    """Entries of several units, kinds and hours of three days, as a long run would leave them."""
    goal = "0190b0a0-0000-7000-8000-0000000000aa"
    places = product(("demo/finance/eu", "demo/legal", ""), ("step.allowed", "step.denied"))
    with psycopg.connect(history.database.owner_url, autocommit=True) as owner:
        for turn, (scope, kind) in enumerate(places):
            at = datetime.now(UTC) - timedelta(hours=11 * turn, minutes=turn)
            default = "alter table audit_entry alter column recorded_at set default"
            owner.execute(f"{default} '{at.isoformat()}'::timestamptz")
            more = {"outcome": "rerouted", "decision": "deny"} if turn % 2 else {"goal": goal}
            history.write(turn + 2, kind, scope=scope, **more)
        owner.execute(f"{default} clock_timestamp()")


def by_hand(scopes: list[str], filters: Filters) -> list[Entry]:
    return list(reading.matching(scopes, filters).order_by())


@pytest.mark.parametrize("counted", ["nothing", "part", "all"])
def test_totals_are_those_of_counting_by_hand(history: History, counted: str) -> None:
    if counted != "nothing":
        assert counting.count_new() > 300
    scatter(history)
    if counted == "all":
        counting.count_new()
    now = datetime.now(UTC)
    bounds = {"since": now - timedelta(hours=40, minutes=7), "until": now - timedelta(minutes=3)}
    for scopes, filters in product(READERS, ASKED):
        for wanted in (filters, replace(filters, **bounds)):
            entries = by_hand(scopes, wanted)
            assert totals.count(scopes, wanted) == len(entries), (scopes, wanted)
            assert totals.facets(scopes, wanted) == facets_of(entries)
            ends = totals.span(scopes, wanted)
            times = [entry.recorded_at for entry in entries]
            assert ends == ((min(times), max(times)) if times else None), (scopes, wanted)
            if ends:
                check_strip(scopes, wanted, entries, *ends)


def facets_of(entries: list[Entry]) -> dict[str, list[tuple[str, int]]]:
    """The commonest values of each column among these entries, with how many have them."""
    found = {}
    for column in FACETS:
        values = Counter(getattr(entry, column) for entry in entries)
        del values[None]
        found[column] = sorted(values.items(), key=lambda one: (-one[1], one[0]))[:12]
    return found


def check_strip(
    scopes: list[str], filters: Filters, entries: list[Entry], first: datetime, last: datetime
) -> None:
    """A strip over everything adds up to it, bar by bar; one over a part leaves the rest out."""
    for most in (4, 60):
        strip = totals.strip(scopes, filters, first, last, most=most)
        assert len(strip.bars) <= most
        wanted = Counter(
            ((entry.recorded_at - strip.start) // strip.step, entry.outcome or "")
            for entry in entries
        )
        told = {
            (place, outcome): total
            for place, bar in enumerate(strip.bars)
            for outcome, total in bar.items()
        }
        assert told == wanted


def test_what_was_counted_twice_or_lies_in_a_dropped_month_is_never_counted_twice(
    history: History,
) -> None:
    before = totals.count([""])
    counting.count_new()
    assert counting.count_new() == 0
    assert totals.count([""]) == before == Entry.objects.count()


def test_counts_of_another_server_are_forgotten(history: History) -> None:
    counting.count_new()
    history.tamper(
        "update audit_tally_position set system_identifier = '1'",
        "update audit_tally set entries = 999",
    )
    assert totals.count([""]) == Entry.objects.count()
    counting.count_new()
    assert not Tally.objects.filter(entries=999).exists()
    assert totals.count([""]) == Entry.objects.count()


def test_what_is_counted_is_not_read_again(history: History) -> None:
    """The entries after a position are found by their transaction, in whatever they are asked."""
    scatter(history)
    counting.count_new()
    looks: dict[str, Callable[[], object]] = {
        "count": lambda: totals.count([""]),
        "facets": lambda: totals.facets(["demo/finance"]),
        "counting": counting.count_new,
    }
    for name, look in looks.items():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local enable_seqscan = off")
            cursor.execute(READ_IN_ORDER)
            before = cursor.fetchone()
            look()
            cursor.execute(READ_IN_ORDER)
            assert cursor.fetchone() == before, name
