"""Entries share the fate of the act they are about: written with it, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection, transaction

from audit import ledger, payloads, reading, totals
from audit.entries import stamp
from audit.errors import OutsideTransaction, PayloadMissing, ProfileViolation
from audit.models import Entry
from audit.reading import Filters
from tests.integration.audit.conftest import draft
from tests.machinery.databases import Database

pytestmark = pytest.mark.usefixtures("committed_database")


def kinds() -> list[str]:
    """Kinds of the entries of this module, in order."""
    found = Entry.objects.filter(actor_id="router-1").order_by("id")
    return list(found.values_list("kind", flat=True))


def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransaction):
        ledger.append(draft())
    with pytest.raises(OutsideTransaction), transaction.atomic():
        payloads.store({"a": 1})


def test_a_failed_act_leaves_no_entry_and_no_payload() -> None:
    stored: list[str] = []
    with pytest.raises(RuntimeError):
        fail_after_storing(stored)
    assert kinds() == []
    with pytest.raises(PayloadMissing):
        payloads.load(stored[0])


def fail_after_storing(stored: list[str]) -> None:
    with ledger.transaction():
        stored.append(payloads.store({"a": 1}))
        ledger.append(draft("act.failed"))
        raise RuntimeError


@pytest.mark.parametrize("inner", [ledger.transaction, transaction.atomic])
def test_a_rolled_back_savepoint_drops_its_entries_and_no_others(
    inner: Callable[[], AbstractContextManager[None]],
) -> None:
    with ledger.transaction():
        ledger.append(draft("a.first"))
        with pytest.raises(RuntimeError):
            append_and_fail(inner)
        with inner():
            ledger.append(draft("a.kept"))
        ledger.append(draft("a.last"))
    assert kinds() == ["a.first", "a.kept", "a.last"]


def append_and_fail(inner: Callable[[], AbstractContextManager[None]]) -> None:
    with inner():
        with inner():
            ledger.append(draft("a.dropped"))
        raise RuntimeError


def test_a_transaction_marked_for_rollback_writes_nothing() -> None:
    with ledger.transaction():
        ledger.append(draft())
        transaction.set_rollback(True)
    assert kinds() == []


def test_many_entries_travel_in_one_statement(django_assert_num_queries: object) -> None:
    assert callable(django_assert_num_queries)
    with django_assert_num_queries(3) as asked, ledger.transaction():
        for _ in range(20):
            ledger.append(draft(payload=payloads.store({"a": 1})))
    assert [query["sql"].split()[0].lower() for query in asked.captured_queries] == [
        "begin",
        "with",
        "commit",
    ]
    assert len(kinds()) == 20


def test_a_payload_can_be_read_before_and_after_the_commit() -> None:
    with ledger.transaction():
        digest = payloads.store({"a": [1.5, None]})
        assert payloads.load(digest) == {"a": [1.5, None]}
    assert payloads.load(digest) == {"a": [1.5, None]}
    assert payloads.load_many([digest, "sha256:" + "0" * 64]) == {digest: {"a": [1.5, None]}}


def test_a_refused_draft_does_not_harm_the_others() -> None:
    with ledger.transaction():
        ledger.append(draft("a.first"))
        with pytest.raises(ProfileViolation):
            ledger.append(draft(data={"x": 1.5}))
    assert kinds() == ["a.first"]


def test_an_autonomous_entry_outlives_the_transaction_that_failed() -> None:
    with pytest.raises(RuntimeError):
        fail_after_an_autonomous_entry()
    assert kinds() == ["sign_in.failed"]


def fail_after_an_autonomous_entry() -> None:
    with ledger.transaction():
        ledger.append(draft("a.lost"))
        ledger.append_autonomous(draft("sign_in.failed"))
        raise RuntimeError


def test_a_writer_numbers_its_entries_without_gaps_across_rollbacks() -> None:
    with ledger.transaction():
        ledger.append(draft())
    with transaction.atomic():
        with ledger.transaction():
            ledger.append(draft())
        transaction.set_rollback(True)
    with ledger.transaction():
        ledger.append(draft())
    stamps = [
        stamp(reading.body(e)) for e in Entry.objects.filter(actor_id="router-1").order_by("id")
    ]
    assert stamps[0].writer == stamps[1].writer
    assert stamps[1].number == stamps[0].number + 1


def test_readers_see_their_units_exactly_at_the_slash() -> None:
    with ledger.transaction():
        for scope in ("demo", "demo/fin", "demo/fin/eu", "demo/finance", "demo0", "demo/fin-x"):
            ledger.append(draft(f"at.{scope}".replace("/", "_"), scope=scope))
    mine = Filters(actor="router-1")
    seen = {entry.scope for entry in reading.entries(["demo/fin"], mine).entries}
    assert seen == {"demo/fin", "demo/fin/eu"}
    assert totals.count(["demo/fin"], mine) == 2
    assert totals.count([], mine) == 0
    assert totals.count([""], mine) == 6
    assert dict(totals.facets(["demo/fin"], mine)["scope"]) == {"demo/fin": 1, "demo/fin/eu": 1}
    outside = reading.entries([""], Filters(kinds=("at.demo0",))).entries[0]
    assert reading.find(["demo"], outside.entry_id) is None
    assert reading.find(["demo0"], outside.entry_id) == outside


def test_pages_go_on_where_the_last_one_ended() -> None:
    with ledger.transaction():
        written = [ledger.append(draft()) for _ in range(25)]
    seen: list[str] = []
    before = None
    while True:
        page = reading.entries([""], Filters(actor="router-1"), before=before, limit=10)
        seen += [str(entry.entry_id) for entry in page.entries]
        before = page.older
        if before is None:
            break
    assert seen == written[::-1]


def test_kinds_are_found_by_family() -> None:
    with ledger.transaction():
        for kind in ("approval.granted", "approval.denied", "approvals.counted", "step.allowed"):
            ledger.append(draft(kind))
    assert totals.count([""], Filters(actor="router-1", kinds=("approval.*",))) == 2


def test_triggers_obey_replication_roles_and_stand_on_every_partition(
    committed_database: Database,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, count(t.tgname) filter (where t.tgenabled = 'A'), count(t.tgname)"
            " from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " left join pg_trigger t on t.tgrelid = c.oid"
            " where i.inhparent = 'audit_entry'::regclass group by 1"
        )
        partitions = cursor.fetchall()
    assert len(partitions) == 8
    assert {(always, every) for _, always, every in partitions} == {(3, 3)}
