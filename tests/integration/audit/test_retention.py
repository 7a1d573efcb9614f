"""Erasure, removal and holds: what goes is gone, what must stay stays, and proofs hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error as DatabaseFault
from django.db import connection

from audit import ledger, payloads, retention
from audit.errors import LedgerError, PayloadMissing
from audit.models import Entry
from audit.payloads import ERASED
from audit.retention import NothingToErase, UnderHold
from tests.integration.audit.conftest import ROUTER, History, draft

GOAL = "0190b0a0-0000-7000-8000-000000000001"


def write_about_ada(goal: str | None = None) -> str:
    """An entry whose payload has Ada's address in it."""
    with ledger.transaction():
        digest = payloads.store({"to": "ada@example.org", "n": 1}, personal={"/to": "ada"})
        ledger.append(draft("message.sent", payload=digest, goal=goal))
    return digest


def test_an_erased_person_cannot_be_read_and_every_proof_still_holds(history: History) -> None:
    digest = write_about_ada()
    assert payloads.load(digest) == {"to": "ada@example.org", "n": 1}
    retention.erase_subject(subject="ada", reason="asked to be forgotten", actor=ROUTER)
    assert payloads.load(digest) == {"to": ERASED, "n": 1}
    history.seal()
    report = history.verify()
    assert report.sound, str(report)


def test_nothing_of_the_person_is_left_in_any_table(history: History) -> None:
    write_about_ada()
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)
    with connection.cursor() as cursor:
        for table in ("audit_entry", "audit_payload"):
            cursor.execute(f"select count(*) from {table} where body like '%ada@example%'")
            assert cursor.fetchone() == (0,)
        cursor.execute("select count(*) from audit_subject_key where subject = 'ada'")
        assert cursor.fetchone() == (0,)


def test_a_person_who_was_erased_and_comes_back_gets_a_new_key(history: History) -> None:
    before = write_about_ada()
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)
    after = write_about_ada()
    assert payloads.load(before)["to"] == ERASED
    assert payloads.load(after)["to"] == "ada@example.org"


def test_erasing_somebody_unknown_changes_nothing(history: History) -> None:
    with pytest.raises(NothingToErase):
        retention.erase_subject(subject="nobody", reason="asked", actor=ROUTER)


@pytest.mark.parametrize(
    ("covers", "value"),
    [("subject", "ada"), ("goal", GOAL), ("scope", "demo/finance"), ("everything", "")],
)
def test_what_is_held_is_neither_erased_nor_removed(
    history: History, covers: str, value: str
) -> None:
    digest = write_about_ada(GOAL)
    hold = retention.place_hold(covers=covers, value=value, reason="a lawsuit", actor=ROUTER)
    with pytest.raises(UnderHold):
        retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)
    assert payloads.load(digest)["to"] == "ada@example.org"
    if covers != "subject":
        retention.remove_payloads(before=datetime.now(UTC) + timedelta(days=1), actor=ROUTER)
        assert payloads.load(digest)["n"] == 1
    retention.release_hold(hold=hold, reason="settled", actor=ROUTER)
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)
    assert payloads.load(digest)["to"] == ERASED
    history.seal()
    report = history.verify()
    assert report.sound, str(report)


def test_a_hold_covers_exactly_its_unit(history: History) -> None:
    write_about_ada()
    retention.place_hold(covers="scope", value="demo/fin", reason="a lawsuit", actor=ROUTER)
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)


def test_a_hold_is_released_once(history: History) -> None:
    hold = retention.place_hold(covers="subject", value="ada", reason="a lawsuit", actor=ROUTER)
    assert [one.id for one in retention.holds()] == [hold]
    retention.release_hold(hold=hold, reason="settled", actor=ROUTER)
    assert retention.holds() == []
    with pytest.raises(LedgerError, match="in force"):
        retention.release_hold(hold=hold, reason="settled", actor=ROUTER)


def test_removed_payloads_are_gone_and_proofs_hold(history: History) -> None:
    digest = history.write_payload({"old": True})
    removed = retention.remove_payloads(
        before=datetime.now(UTC) + timedelta(seconds=5), actor=ROUTER
    )
    assert removed > 0
    with pytest.raises(PayloadMissing):
        payloads.load(digest)
    history.seal()
    report = history.verify()
    assert report.sound, str(report)


def test_22_a_key_destroyed_without_an_entry_is_found(history: History) -> None:
    write_about_ada()
    history.seal()
    history.tamper("delete from audit_subject_key where subject = 'ada'")
    first = history.verify().first()
    assert first is not None
    about = Entry.objects.get(kind="message.sent")
    assert (first.entry, first.index) == (str(about.entry_id), history.checkpoint_size() - 1)
    assert "no entry says who erased it" in first.reason


def test_22_an_erasure_under_a_hold_is_found(history: History) -> None:
    write_about_ada()
    retention.place_hold(covers="subject", value="ada", reason="a lawsuit", actor=ROUTER)
    history.tamper("update audit_hold set released_at = now()")
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)
    history.seal()
    first = history.verify().first()
    assert first is not None
    erased = Entry.objects.get(kind="subject.erased")
    assert (first.entry, first.index) == (str(erased.entry_id), history.checkpoint_size() - 1)
    assert first.reason == "subject ada was erased under a legal hold"


@pytest.mark.parametrize(
    "statement",
    [
        "delete from audit_payload",
        "delete from audit_subject_key",
        "update audit_subject_key set secret = '\\x00'",
        "update audit_hold set value = ''",
        "delete from audit_erasure",
        "delete from audit_entry",
        "update audit_entry set kind = ''",
        "truncate audit_entry",
        "insert into audit_entry (id) values (1)",
    ],
)
def test_the_application_may_not_remove_or_change_anything(
    history: History, statement: str
) -> None:
    with pytest.raises(DatabaseFault, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
