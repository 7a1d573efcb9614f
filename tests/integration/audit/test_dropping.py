"""Old months may go under retention: their entries are gone, and every proof still holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import connection

from audit import counting, dropping, retention, totals
from audit.dropping import CannotDrop
from audit.models import Entry
from audit.proofs import NotSealed, prove
from tests.integration.audit.conftest import ROUTER, History
from tests.integration.audit.test_retention import write_about_ada
from tests.integration.audit.test_tampering import at

JANUARY = date(2024, 1, 1)
FEBRUARY = date(2024, 2, 1)


@contextmanager
def recorded_in(history: History, month: date) -> Iterator[None]:
    """Have the database record entries as on the tenth of a month long ago, by a new session."""
    connection.close()
    with psycopg.connect(history.database.owner_url, autocommit=True) as owner:
        owner.execute("select audit_make_partition(%s)", [month])
        default = "alter table audit_entry alter column recorded_at set default"
        owner.execute(f"{default} '{month:%Y-%m}-10T12:00:00Z'::timestamptz")
        yield
        owner.execute(f"{default} clock_timestamp()")


def write_in(history: History, month: date, count: int) -> list[str]:
    """Entries of a month long ago, by the session that also writes later ones."""
    with recorded_in(history, month):
        return history.write(count)


def drop(month: date) -> int:
    return dropping.drop_month(month=month, reason="kept long enough", actor=ROUTER)


def test_a_dropped_month_is_gone_and_every_proof_still_holds(history: History) -> None:
    old = write_in(history, JANUARY, 40)
    history.seal()
    history.write(300)
    history.seal()
    kept = history.checkpoint()
    counting.count_new()
    assert drop(JANUARY) == 40
    history.seal()
    assert totals.count([""]) == Entry.objects.count()
    report = history.verify(kept)
    assert report.sound, str(report)
    assert report.removed == 40
    assert any("40 entries up to 2024-01 were dropped" in note for note in report.notes)
    assert not Entry.objects.filter(entry_id__in=old).exists()
    with pytest.raises(NotSealed, match="was removed"):
        prove(old[0], scopes=[""])
    newest = Entry.objects.filter(kind="step.allowed").latest("id")
    assert prove(newest.entry_id, scopes=[""]).proof.index > 40


def test_the_record_of_one_dropped_month_carries_on_that_of_another(history: History) -> None:
    write_in(history, JANUARY, 10)
    write_in(history, FEBRUARY, 20)
    history.seal()
    history.write(300)
    history.seal()
    with pytest.raises(CannotDrop, match="older months go first"):
        drop(FEBRUARY)
    drop(JANUARY)
    history.seal()
    drop(FEBRUARY)
    history.seal()
    assert sum(last - first + 1 for first, last in dropping.dropped().leaves) == 30
    report = history.verify()
    assert report.sound, str(report)
    assert Entry.objects.filter(kind="month.dropped").count() == 2


def test_erasures_recorded_in_a_dropped_month_alarm_nobody(history: History) -> None:
    with recorded_in(history, JANUARY):
        write_about_ada()
        retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)
        history.write_payload({"old": True})
        removed = retention.remove_payloads(before=datetime.now(UTC), actor=ROUTER)
        assert removed >= 2
    history.seal()
    assert history.verify().sound
    drop(JANUARY)
    history.seal()
    report = history.verify()
    assert report.sound, str(report)
    assert len(dropping.dropped().acts) == 2


@pytest.mark.parametrize("covers", ["everything", "goal", "scope", "subject"])
def test_a_month_under_a_legal_hold_stays(history: History, covers: str) -> None:
    write_in(history, JANUARY, 5)
    history.seal()
    history.write(300)
    history.seal()
    entry = Entry.objects.earliest("recorded_at")
    value = {"everything": "", "scope": "demo", "subject": entry.subject_id}.get(covers, "g")
    history.tamper(f"update audit_entry set goal = null where id = {entry.id}")
    retention.place_hold(covers=covers, value=value, reason="a lawsuit", actor=ROUTER)
    if covers == "goal":
        assert drop(JANUARY) == 5
        return
    with pytest.raises(CannotDrop, match="legal hold"):
        drop(JANUARY)
    assert Entry.objects.filter(id=entry.id).exists()


def test_a_month_that_is_young_unsealed_or_unknown_stays(history: History) -> None:
    with pytest.raises(CannotDrop, match="no entries are kept"):
        drop(JANUARY)
    with pytest.raises(CannotDrop, match="six months"):
        drop(datetime.now(UTC).date())
    write_in(history, JANUARY, 5)
    with pytest.raises(CannotDrop, match="not all entries of that month are sealed"):
        drop(JANUARY)
    assert not Entry.objects.filter(kind="month.dropped").exists()


def test_a_month_that_vanished_without_a_record_is_found(history: History) -> None:
    write_in(history, JANUARY, 5)
    history.seal()
    history.write(300)
    history.seal()
    history.tamper("drop table audit_entry_2024_01")
    first = history.verify().first()
    assert first is not None
    assert first.reason == "the entry is missing"


def test_an_entry_removed_beside_a_dropped_month_is_still_found(history: History) -> None:
    write_in(history, JANUARY, 5)
    history.seal()
    history.write(300)
    history.seal()
    drop(JANUARY)
    history.tamper(at("delete from audit_entry", 70))
    first = history.verify().first()
    assert first is not None
    assert (first.index, first.reason) == (70, "the entry is missing")


def test_months_are_made_ahead_and_every_one_refuses_truncation(history: History) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select audit_make_partitions(9)")
        assert cursor.fetchone() == (3,)
        cursor.execute("select relname from pg_class where relname ~ '^audit_entry_[0-9]'")
        months = [name for (name,) in cursor.fetchall() if len(name) == len("audit_entry_2024_01")]
    ahead = [name for name in months if name > f"audit_entry_{datetime.now(UTC):%Y_%m}"]
    assert len(ahead) == 9
    for name in ["audit_entry", *months]:
        with (
            psycopg.connect(history.database.owner_url) as owner,
            pytest.raises(psycopg.errors.RestrictViolation, match="append-only: truncate refused"),
        ):
            owner.execute(f"truncate {name}")
