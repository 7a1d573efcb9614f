"""Sealing beside writers, after crashes, without a key, after a restore: once each, one tree."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
import psycopg
import pytest
from django.db import Error as DatabaseFault
from django.db import connection, connections, transaction

from audit import key_ring, ledger, sealing
from audit.checkpoints import newest
from audit.entries import ENTRY_RECORD, INSERT_ENTRIES, row
from audit.keys import KeyUnavailable
from audit.merkle import is_included
from audit.models import Entry, Leaf
from audit.proofs import NotSealed, prove
from audit.sealing import BrokenTree, Sealer
from audit.sealing_loop import SealingLoop
from audit.state import seal_state
from audit.tree import StoredTree
from tests.integration.audit.conftest import ROUTER, History, draft


def all_sealed_once() -> bool:
    """Whether every entry has exactly one leaf, and indexes run without gaps."""
    leaves = list(Leaf.objects.order_by("leaf_index").values_list("leaf_index", "entry"))
    indexes, entries = [index for index, _ in leaves], [entry for _, entry in leaves]
    everything = set(Entry.objects.values_list("id", flat=True))
    return indexes == list(range(len(leaves))) and sorted(entries) == sorted(everything)


def test_an_idle_ledger_is_signed_by_heartbeat_only(history: History) -> None:
    before = len(history.sizes())
    assert not history.seal().signed
    assert history.sealer.seal(heartbeat=True).signed
    assert len(history.sizes()) == before + 1


def test_a_long_transaction_delays_only_its_own_entries(history: History) -> None:
    started, finish = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            with ledger.transaction():
                ledger.append(draft("slow.written"))
            started.set()
            finish.wait(30)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write_slowly)
        assert started.wait(30)
        history.write(3)
        assert history.seal().entries == 3
        assert history.seal().entries == 0
        finish.set()
        slow.result()
    assert history.seal().entries == 1
    assert all_sealed_once()
    assert history.verify().sound


def test_writers_and_rollbacks_beside_the_sealer_lose_nothing(history: History) -> None:
    stop = threading.Event()

    def write(number: int) -> None:
        for turn in range(25):
            with transaction.atomic():
                history.write(1 + turn % 3, request_id=f"w{number}")
                if turn % 5 == number % 5:
                    transaction.set_rollback(True)
        connections.close_all()

    def keep_sealing() -> int:
        sealed = 0
        while not stop.is_set():
            sealed += history.seal().entries
        connections.close_all()
        return sealed

    with ThreadPoolExecutor(5) as pool:
        sealing_done = pool.submit(keep_sealing)
        list(pool.map(write, range(4)))
        stop.set()
        assert sealing_done.result() > 0
    history.seal()
    assert all_sealed_once()
    report = history.verify()
    assert report.sound, str(report)


def test_a_new_sealer_goes_on_where_the_old_one_ended(history: History) -> None:
    for _ in range(3):
        history.write(150)
        history.sealer = Sealer(key_ring.signing_key())
        history.seal()
    assert all_sealed_once()
    assert history.verify().sound


def test_only_one_sealer_works_at_a_time(history: History) -> None:
    assert sealing.try_lock()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(_try_on_another_connection).result() is False
    connection.close()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(_try_on_another_connection).result() is True


def _try_on_another_connection() -> bool:
    try:
        return sealing.try_lock()
    finally:
        connections.close_all()


def test_two_sealers_without_the_lock_still_cannot_sign_two_trees(history: History) -> None:
    other = Sealer(history.sealer.key)
    other.seal()
    history.write(3)
    history.seal()
    history.write(3)
    assert other.seal().entries == 3
    assert history.seal().entries == 0
    assert history.verify().sound


def test_nothing_is_signed_over_a_tree_that_was_changed(history: History) -> None:
    history.tamper("update audit_tile set root = sha256(root)")
    history.write(1)
    with pytest.raises(BrokenTree, match="ledger verify"):
        Sealer(history.sealer.key).seal()


def test_an_entry_written_twice_stalls_nothing_and_is_reported(history: History) -> None:
    twice = [row(draft()), row(draft())]
    with connection.cursor() as cursor:
        for rows in (twice, twice):
            cursor.execute(
                f"{INSERT_ENTRIES} jsonb_to_recordset(%s::jsonb) as {ENTRY_RECORD}",
                [orjson.dumps(rows).decode()],
            )
    assert history.seal().entries == 4
    assert history.seal().entries == 0
    reasons = [fault.reason for fault in history.verify().faults]
    assert reasons == ["another entry had this entry_id before"] * 2


def test_a_missing_key_is_noticed_and_never_replaced_silently(history: History) -> None:
    key_ring.key_file(history.key).unlink()
    with pytest.raises(KeyUnavailable, match="restore it"):
        key_ring.signing_key()
    key_ring.rotate(ROUTER, lost=True)
    assert key_ring.signing_key().verifier != history.key


@pytest.fixture
def loop(history: History) -> Iterator[tuple[SealingLoop, threading.Event]]:
    """A sealer's life in a thread of its own."""
    stop = threading.Event()
    running = SealingLoop(stop)

    def run() -> None:
        running.run()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield running, stop
    stop.set()
    thread.join(30)


def wait_until(condition: object, seconds: float = 20) -> None:
    assert callable(condition)
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if condition():
            return
        pause.wait(0.1)
    pytest.fail("it did not happen")


def test_the_loop_seals_what_is_written(
    history: History, loop: tuple[SealingLoop, threading.Event]
) -> None:
    history.write(7)
    wait_until(all_sealed_once)
    wait_until(lambda: seal_state().colour == "amber")


def test_a_lost_key_shows_on_the_seal_and_nothing_is_lost(history: History) -> None:
    path = key_ring.key_file(history.key)
    kept = path.read_text()
    path.unlink()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: (SealingLoop(stop).run(), connections.close_all()))
    thread.start()
    try:
        history.write(2)
        wait_until(lambda: "cannot be read" in seal_state().summary)
        assert seal_state().colour == "red"
        path.write_text(kept)
        path.chmod(0o600)
        wait_until(all_sealed_once)
    finally:
        stop.set()
        thread.join(30)


def test_every_sealed_entry_can_be_proven_and_an_unsealed_one_cannot(history: History) -> None:
    last = newest()
    assert last is not None
    tree = StoredTree()
    for leaf in Leaf.objects.order_by("leaf_index"):
        entry = Entry.objects.get(id=leaf.entry)
        proof = tree.inclusion(leaf.leaf_index, last.size)
        assert is_included(bytes(entry.leaf_hash), leaf.leaf_index, last.size, proof, last.root)
    (pending,) = history.write(1)
    with pytest.raises(NotSealed):
        prove(pending, scopes=[""])
    with pytest.raises(NotSealed):
        prove("nonsense", scopes=[""])
    history.seal()
    assert prove(pending, scopes=[""]).body.startswith('{"_":["')


def test_a_server_that_goes_away_is_an_error_and_not_a_lie(history: History) -> None:
    history.write(2)
    with psycopg.connect(history.database.url) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and usename = current_user"
            " and pid <> pg_backend_pid()"
        )
    with pytest.raises(DatabaseFault):
        history.seal()
    connection.close()
    assert history.seal().entries == 2
