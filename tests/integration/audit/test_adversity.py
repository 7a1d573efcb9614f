"""The sealer in trouble: nothing is lost, nothing inconsistent is signed, the seal says why.

The full disk is a real one where a small one can be mounted (as root); elsewhere the database is
made to answer as on a full disk.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import pytest
from django.db import Error as DatabaseFault
from django.db import connection, connections

from audit import checkpoints, key_ring, keys, leaves, sealing, sealing_loop, tree
from audit.checkpoints import Stored, in_order, newest
from audit.following import position, read_since
from audit.keys import KeyUnavailable
from audit.merkle import is_consistent
from audit.models import Entry
from audit.sealing import Sealer
from audit.sealing_loop import SealingLoop
from audit.state import seal_state
from audit.tree import StoredTree
from tests.conftest import _use
from tests.integration.audit.conftest import ROUTER, History
from tests.integration.audit.test_sealing import all_sealed_once, wait_until
from tests.machinery.clusters import Cluster, cluster, small_disk
from tests.machinery.databases import Database
from tests.machinery.programs import Programs

WATCHED = {module.__file__ for module in (sealing, checkpoints, tree, leaves)}


class Killed(BaseException):
    """What a process does not survive."""


@contextmanager
def killed_at(line: int) -> Iterator[list[int]]:
    """Die when the sealer's code comes to its so-many-th line; yields how many it came to."""
    came_to = [0]

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            came_to[0] += 1
            if came_to[0] == line:
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield came_to
    except Killed:
        _lose_connection()
    finally:
        sys.settrace(before)


def _lose_connection() -> None:
    """What the database sees when a process is killed: a session that ends in the middle."""
    session = connections["default"].connection
    if session is not None:
        session.close()
    del connections["default"]


def every_checkpoint_continues_the_one_before() -> bool:
    stored = in_order()
    tree_now = StoredTree()
    return all(
        is_consistent(
            one.size, one.root, two.size, two.root, tree_now.consistency(one.size, two.size)
        )
        for one, two in pairwise(stored)
        if one.size
    )


def test_a_sealer_killed_at_any_line_loses_nothing_and_signs_nothing_inconsistent(
    history: History,
) -> None:
    history.write(2)
    with killed_at(0) as lines:
        Sealer(history.sealer.key).seal()
    assert lines[0] > 40
    for line in range(1, lines[0] + 1):
        before = newest()
        history.write(1)
        with killed_at(line):
            Sealer(history.sealer.key).seal()
        after = newest()
        assert before is not None
        assert after is not None
        assert after == before or after.size == Entry.objects.count(), f"killed at line {line}"
    Sealer(history.sealer.key).seal()
    assert all_sealed_once()
    assert every_checkpoint_continues_the_one_before()
    report = history.verify()
    assert report.sound, str(report)


def test_one_of_two_sealers_works_and_the_other_takes_over_when_it_is_killed(
    programs: Programs, history: History
) -> None:
    first = programs.start("manage.py", "ledger_seal", name="sealer")
    second = programs.start("manage.py", "ledger_seal", name="sealer")
    history.write(3)
    wait_until(all_sealed_once)
    for victim in (first, second):
        history.write(50)
        victim.kill()
        replacement = programs.start("manage.py", "ledger_seal", name="sealer")
        history.write(50)
        wait_until(all_sealed_once)
    assert replacement.popen.poll() is None
    assert every_checkpoint_continues_the_one_before()
    report = history.verify()
    assert report.sound, str(report)


def test_a_clock_that_is_set_back_is_told_and_sealing_goes_on_in_order(history: History) -> None:
    back = "- interval '20 days'"
    with psycopg.connect(history.database.owner_url) as owner:
        change = "alter table {} alter column {} set default {} {}"
        owner.execute(change.format("audit_entry", "recorded_at", "clock_timestamp()", back))
        owner.execute(change.format("audit_checkpoint", "made_at", "now()", back))
        owner.execute(change.format("audit_erasure", "erased_at", "now()", back))
    history.write(5)
    assert history.seal().entries == 5
    report = history.verify()
    assert report.sound, str(report)
    assert any("the clock was set back" in note for note in report.notes)
    assert every_checkpoint_continues_the_one_before()


def test_the_seal_says_that_the_clock_was_set_back(history: History) -> None:
    history.tamper("update audit_sealer set seen_at = now(), problem = ''")
    history.tamper("update audit_checkpoint set made_at = made_at + interval '3 hours'")
    state = seal_state()
    assert state.colour == "amber"
    assert "the database's clock was set back" in state.summary


@contextmanager
def living_sealer() -> Iterator[None]:
    """A sealer's life in a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=lambda: (SealingLoop(stop).run(), connections.close_all()))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def damage(path: Path) -> None:
    path.write_text(path.read_text()[:40])


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


def replace_by_another(path: Path) -> None:
    path.write_text(f"{keys.generate('signalbox/other')}\n")


def remove(path: Path) -> None:
    path.unlink()


def make_unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (remove, "cannot be read"),
        (make_unreadable, "cannot be read"),
        (open_to_others, "open to other accounts"),
        (damage, "holds"),
        (replace_by_another, "holds another key"),
    ],
)
def test_without_its_key_nothing_is_signed_and_the_seal_says_why(
    history: History, harm: Any, told: str
) -> None:
    path = key_ring.key_file(history.key)
    kept = path.read_text()
    harm(path)
    before = newest()
    with pytest.raises(KeyUnavailable, match=told):
        key_ring.signing_key()
    with living_sealer():
        history.write(2)
        wait_until(lambda: told in seal_state().summary)
        assert seal_state().colour == "red"
        assert newest() == before
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
        keys.save(keys._parse(kept.strip(), path), path)
        wait_until(all_sealed_once)
        wait_until(lambda: seal_state().colour == "amber")
    assert history.verify().sound


def test_a_key_file_that_vanishes_while_the_sealer_runs_is_told_in_time(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_loop, "REPORT_S", 0.1)
    path = key_ring.key_file(history.key)
    with living_sealer():
        history.write(1)
        wait_until(all_sealed_once)
        kept = path.with_suffix(".away")
        path.rename(kept)
        wait_until(lambda: "the next one cannot" in seal_state().summary)
        assert seal_state().colour == "red"
        history.write(3)
        wait_until(all_sealed_once)
        kept.rename(path)
        wait_until(lambda: seal_state().colour == "amber")


def test_the_sealer_signs_an_idle_ledger_and_makes_months_ahead(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_loop, "HEARTBEAT_S", 0.0)
    monkeypatch.setattr(sealing_loop, "PARTITIONS_AHEAD", 9)
    before, sizes = months(), len(in_order())
    with living_sealer():
        wait_until(lambda: len(in_order()) > sizes + 1)
    assert months() == before + 3
    assert {head.size for head in in_order()[sizes:]} == {history.checkpoint_size()}


def months() -> int:
    """How many partitions the entries have."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_inherits where inhparent = 'audit_entry'::regclass")
        return int(cursor.fetchone()[0])


def test_a_database_that_answers_as_on_a_full_disk_loses_nothing(history: History) -> None:
    with psycopg.connect(history.database.owner_url) as owner:
        owner.execute(
            "create function disk_full() returns trigger language plpgsql as $$ begin"
            " raise exception 'could not extend file: No space left on device'"
            " using errcode = 'disk_full'; end $$"
        )
        owner.execute(
            "create trigger full_disk before insert on audit_leaf"
            " for each statement execute function disk_full()"
        )
    before = newest()
    with living_sealer():
        history.write(3)
        wait_until(lambda: "No space left on device" in seal_state().summary)
        assert seal_state().colour == "red"
        assert newest() == before
        with psycopg.connect(history.database.owner_url) as owner:
            owner.execute("drop trigger full_disk on audit_leaf")
        wait_until(all_sealed_once)
    assert history.verify().sound


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Cluster]:
    """Another server."""
    with cluster() as started:
        yield started


@contextmanager
def used(database: Database, back: Database) -> Iterator[None]:
    """Point Django at a database of another server for as long as the block runs."""
    _use(database)
    try:
        yield
    finally:
        connections.close_all()
        _use(back)


def test_a_disk_that_is_really_full_loses_nothing(history: History, elsewhere: Cluster) -> None:
    database = elsewhere.restored(history.database)
    with small_disk(elsewhere.home / "small", 2) as disk:
        if disk is None:
            pytest.skip("only root can mount a small disk")
        with (
            elsewhere.tablespace("small", disk, database, "audit_leaf"),
            used(database, history.database),
        ):
            sealing.note_restore()
            assert history.seal().entries > 0
            filler = fill(disk)
            before = seal_until_it_fails(history)
            assert newest() == before
            filler.unlink()
            assert history.seal().entries > 0
            assert all_sealed_once()
            report = history.verify()
            assert report.sound, str(report)


def fill(disk: Path) -> Path:
    """A file that takes all that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


def seal_until_it_fails(history: History) -> Stored | None:
    """Write and seal until the disk is full; returns the last checkpoint that was made."""
    for _ in range(20):
        before = newest()
        history.write(1000)
        try:
            history.seal()
        except DatabaseFault as error:
            assert "No space left on device" in str(error)  # noqa: PT017 - it must fail once
            return before
    pytest.fail("the disk was never full")


def test_a_ledger_restored_on_another_server_goes_on_and_says_so(
    history: History, elsewhere: Cluster
) -> None:
    kept = history.checkpoint()
    history.write(7)
    with used(elsewhere.restored(history.database), history.database):
        report = history.verify(kept)
        assert report.sound, str(report)
        assert sealing.note_restore()
        assert Sealer(history.sealer.key).seal().entries == 8
        history.write(5)
        assert history.seal().entries == 5
        assert all_sealed_once()
        assert not sealing.note_restore()
        report = history.verify(kept)
        assert report.sound, str(report)
        assert seal_state().pending == 0


def test_a_restored_ledger_is_no_news_to_those_who_follow_it(
    history: History, elsewhere: Cluster
) -> None:
    with used(elsewhere.restored(history.database), history.database):
        sealing.note_restore()
        Sealer(history.sealer.key).seal()
        start = position()
        assert read_since(start).news == []
        history.write(2)
        assert len(read_since(start).news) == 2


def test_a_rotated_key_goes_on_while_the_old_file_is_kept(history: History) -> None:
    old = history.key
    key_ring.rotate(ROUTER)
    assert key_ring.key_file(old).exists()
    assert Sealer(key_ring.signing_key()).seal().entries > 0
    assert history.verify_with(old).sound
