"""Following the ledger while transactions commit in any order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import orjson
import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import entries
from audit.entries import ENTRY_RECORD, INSERT_ENTRIES, Actor, Draft
from audit.following import READ, UnknownPosition, position, read_since
from tests.machinery.databases import Database

INSERT = f"{INSERT_ENTRIES} jsonb_to_recordset(%s::jsonb) as {ENTRY_RECORD}"
_numbers = count()


def append(writer: psycopg.Connection, scope: str = "acme") -> str:
    """Append an entry in the writer's open transaction; returns its subject."""
    subject = f"subject-{next(_numbers)}"
    actor = Actor("system", "signalbox", "Signalbox")
    draft = Draft(
        kind="test.happened", actor=actor, subject_kind="test", subject_id=subject, scope=scope
    )
    writer.execute(INSERT, [orjson.dumps([entries.row(draft)]).decode()])
    return subject


def subjects(since: str) -> tuple[list[str], str]:
    reading = read_since(since)
    return sorted(news.subject_id for news in reading.news), reading.position


@pytest.fixture
def writers(committed_database: Database) -> Iterator[list[psycopg.Connection]]:
    """Three connections beside Django's own."""
    with ExitStack() as stack:
        yield [stack.enter_context(psycopg.connect(committed_database.url)) for _ in range(3)]


def test_an_entry_that_commits_late_is_not_missed_although_later_ones_were_read(
    writers: list[psycopg.Connection],
) -> None:
    slow, quick, _ = writers
    start = position()
    late = append(slow)
    early = append(quick)
    quick.commit()
    seen, middle = subjects(start)
    assert seen == [early]
    slow.commit()
    seen, end = subjects(middle)
    assert seen == [late]
    assert subjects(end)[0] == []


def test_what_was_rolled_back_is_never_news(writers: list[psycopg.Connection]) -> None:
    start = position()
    append(writers[0])
    writers[0].rollback()
    assert subjects(start)[0] == []


ACTIONS = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["append", "append", "commit", "rollback", "read"])
    ),
    max_size=40,
)


@given(actions=ACTIONS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_committed_entry_is_read_exactly_once_in_any_interleaving(
    writers: list[psycopg.Connection], actions: list[tuple[int, str]]
) -> None:
    here = position()
    open_entries: dict[int, list[str]] = {0: [], 1: [], 2: []}
    committed: list[str] = []
    read: list[str] = []
    for which, action in [*actions, (0, "commit"), (1, "commit"), (2, "commit"), (0, "read")]:
        writer = writers[which]
        if action == "append":
            open_entries[which].append(append(writer))
        elif action == "read":
            seen, here = subjects(here)
            read += seen
        else:
            getattr(writer, action)()
            committed += open_entries[which] if action == "commit" else []
            open_entries[which] = []
    assert sorted(read) == sorted(committed)


def test_more_news_than_asked_for_are_left_out_and_it_says_so(
    writers: list[psycopg.Connection],
) -> None:
    start = position()
    for _ in range(5):
        append(writers[0])
    writers[0].commit()
    assert not read_since(start, most=4).complete
    assert len(read_since(start, most=4).news) == 4
    assert read_since(start, most=5).complete


@pytest.mark.parametrize(
    "text", ["", "nonsense", "1", "5:1:", "1:2:'; select 1", "9000000000:9000000001:"]
)
def test_a_text_that_is_no_position_of_this_database_is_refused(
    committed_database: Database, text: str
) -> None:
    with pytest.raises(UnknownPosition):
        read_since(text)


def test_reading_touches_news_only_and_not_the_whole_ledger(
    writers: list[psycopg.Connection],
) -> None:
    fill(writers[0], 3000)
    # from after the last transaction, not from after the oldest one that still runs: on a busy
    # server that one may be older than all of the above, and reading goes back to it rightly
    _, last, _ = position().split(":")
    start = f"{last}:{last}:"
    fresh = append(writers[0])
    writers[0].commit()
    with connection.cursor() as cursor:
        given_values = {"least": last, "since": start, "most": 5001}
        cursor.execute(f"explain (analyze, format json) {READ}", given_values)
        touched = sum(rows_touched(node) for node in nodes(cursor.fetchone()[0][0]["Plan"]))
    assert subjects(start)[0] == [fresh]
    assert 0 < touched < 10


def fill(writer: psycopg.Connection, total: int) -> None:
    """Write so many entries at once."""
    actor = Actor("system", "signalbox", "Signalbox")
    draft = Draft(
        kind="test.happened", actor=actor, subject_kind="test", subject_id="s", scope="acme"
    )
    writer.execute(INSERT, [orjson.dumps([entries.row(draft) for _ in range(total)]).decode()])
    writer.commit()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's node and all below it."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def rows_touched(node: dict[str, Any]) -> int:
    """Rows of the ledger that a scan met."""
    if not str(node.get("Relation Name", "")).startswith("audit_entry"):
        return 0
    return int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0))
