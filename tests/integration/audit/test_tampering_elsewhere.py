"""The starred cases: what only a witness, an earlier checkpoint or a receipt can show.

Each begins with a ledger that verifies as sound on its own host, so that nothing else shows it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection

from audit import key_ring, keys, receipt_desk, witness_client
from audit.models import Entry
from audit.notes import BadNote, Note, parse_note
from audit.receipt_desk import NoReceipt, receipt_faults, receipt_for
from audit.receipts import Receipt, parse_receipt, receipt_key_text
from audit.reports import Fault
from audit.sealing import Sealer
from audit.state import seal_state
from tests.integration.audit.conftest import ROUTER, History
from tests.integration.audit.test_tampering import BODY, REHASH, at, cut_to_second_checkpoint
from tests.integration.audit.test_witnessing import Running, submit_newest, witness

__all__ = ["witness"]

UNSEALED = "not exists (select from audit_placed l where l.entry = e.id)"


def seen_by(running: Running, history: History) -> Note:
    """What the witness itself remembers."""
    note = witness_client.last_cosigned(running.known, history.key.name)
    assert note is not None
    return note


def first_fault(history: History, running: Running) -> Fault:
    """The first fault that a reader finds who asks the witness."""
    note = seen_by(running, history)
    first = history.verify(note, witnesses=[running.known.key]).first()
    assert first is not None
    assert "a checkpoint that a witness saw" in first.reason
    return first


def test_7_a_cut_tail_with_its_checkpoints_is_shown_by_a_witness(
    history: History, witness: Running
) -> None:
    second = history.sizes()[1]
    history.tamper(*cut_to_second_checkpoint(history))
    assert history.verify().sound
    assert first_fault(history, witness).index == second


def test_14_an_old_checkpoint_as_the_newest_is_shown_by_a_witness(
    history: History, witness: Running
) -> None:
    second = history.sizes()[1]
    history.tamper(
        f"delete from audit_checkpoint where size > {second}",
        f"delete from audit_leaf where leaf_index >= {second}",
        f"delete from audit_entry e where {UNSEALED}",
        "delete from audit_tile",
    )
    assert history.verify().sound
    assert first_fault(history, witness).index == second
    submit_newest()
    assert "it has seen" in seal_state().witnesses[0].problem


def test_15_a_dropped_checkpoint_is_shown_by_a_witness(history: History, witness: Running) -> None:
    cosigned = history.checkpoint_size()
    history.write(1)
    history.seal()
    history.tamper(f"delete from audit_checkpoint where size = {cosigned}")
    assert history.verify().sound
    first = first_fault(history, witness)
    assert first.index == cosigned - 1
    assert f"was signed at size {cosigned} and is no longer stored" in first.reason


def test_17_a_rebuild_with_the_real_key_is_shown_by_a_witness(
    history: History, witness: Running
) -> None:
    history.tamper(
        at("update audit_entry set actor_id = 'router-2', " + BODY, 70),
        at(f"update audit_entry set {REHASH}", 70),
        *(f"delete from audit_{table}" for table in ("tile", "checkpoint", "leaf")),
    )
    Sealer(history.sealer.key).seal()
    assert history.verify().sound
    assert "does not lead to the root" in first_fault(history, witness).reason


def test_18_a_tail_cut_with_the_real_key_is_shown_by_a_witness(
    history: History, witness: Running
) -> None:
    second = history.sizes()[1]
    history.tamper(*cut_to_second_checkpoint(history))
    connection.close()
    history.write(3)
    Sealer(history.sealer.key).seal()
    assert history.verify().sound
    assert first_fault(history, witness).index >= second


@pytest.fixture
def vouched(history: History) -> History:
    """A ledger whose sealer has vouched for the key that promises."""
    receipt_desk.vouch(history.sealer.key)
    return history


def taken(history: History, entry: str) -> Receipt:
    """The receipt of an entry as it comes back from where it was kept."""
    return parse_receipt(str(receipt_for(entry, scopes=[""])))


def held_against(history: History, *receipts: Receipt) -> list[str]:
    found = receipt_faults(receipts, history.key)
    assert all(
        fault.entry == receipt.entry_id for fault, receipt in zip(found, receipts, strict=False)
    )
    return [fault.reason for fault in found]


def test_19_a_deleted_unsealed_entry_is_shown_by_its_receipt(vouched: History) -> None:
    vouched.write(1)
    (entry,) = vouched.write(1)
    receipt = taken(vouched, entry)
    assert receipt.proof is None
    vouched.tamper(f"delete from audit_entry where entry_id = '{entry}'")
    connection.close()
    vouched.write(2)
    vouched.seal()
    assert vouched.verify().sound
    assert held_against(vouched, receipt) == [
        "a receipt promised it, and the ledger does not hold it"
    ]


def test_19_an_unsealed_entry_replaced_by_another_is_shown_by_its_receipt(
    vouched: History,
) -> None:
    (entry,) = vouched.write(1)
    receipt = taken(vouched, entry)
    one = f"where entry_id = '{entry}'"
    vouched.tamper(
        f"update audit_entry set actor_id = 'router-2', {BODY} {one}",
        f"update audit_entry set {REHASH} {one}",
    )
    vouched.seal()
    assert vouched.verify().sound
    assert held_against(vouched, receipt) == ["it is not the entry that its receipt promised"]


def test_a_promise_is_kept_once_the_entry_is_sealed_and_after_a_key_rotation(
    vouched: History,
) -> None:
    (entry,) = vouched.write(1)
    promised = taken(vouched, entry)
    vouched.seal()
    proven = taken(vouched, entry)
    assert proven.proof is not None
    assert held_against(vouched, promised, proven) == []
    believed = vouched.key
    key_ring.rotate(ROUTER)
    vouched.sealer = Sealer(key_ring.signing_key())
    receipt_desk.vouch(vouched.sealer.key)
    (later,) = vouched.write(1)
    promised = taken(vouched, later)
    assert promised.faults(believed) == []
    vouched.seal()
    assert taken(vouched, later).faults(believed) == []


def test_a_receipt_of_a_sealed_entry_shows_what_was_put_in_its_place(vouched: History) -> None:
    (entry,) = vouched.write(1)
    vouched.seal()
    receipt = taken(vouched, entry)
    assert receipt.proof is not None
    history_head = receipt.head()
    assert history_head is not None
    assert history_head.size == vouched.checkpoint_size()
    vouched.tamper(*cut_to_second_checkpoint(vouched))
    (reason,) = held_against(vouched, receipt)
    assert reason == "a receipt proves it at this leaf, and nothing stands there"


def test_an_altered_or_foreign_receipt_accuses_nobody(vouched: History) -> None:
    (entry,) = vouched.write(1)
    receipt = taken(vouched, entry)
    stranger = keys.generate(vouched.key.name)
    assert receipt.faults(stranger.verifier) != []
    for name, value in (("entry_id", Entry.objects.earliest("id").entry_id), ("recorded_at", "x")):
        said = json.loads(str(receipt))
        said[name] = str(value)
        forged = parse_receipt(json.dumps(said))
        assert forged.faults(vouched.key) == ["its promise is about another entry"]
        (fault,) = receipt_faults([forged], vouched.key)
        assert fault.reason.startswith("the receipt itself is not good")
    said = json.loads(str(receipt))
    said["promise"] = said["receipt_key"] = None
    assert parse_receipt(json.dumps(said)).faults(vouched.key) != []
    said = json.loads(str(receipt))
    said["receipt_key"]["endorsement"] = str(
        Note("signalbox receipt key\nx\n", (stranger.sign("signalbox receipt key\nx\n"),))
    )
    assert parse_receipt(json.dumps(said)).faults(vouched.key) != []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "other/1"}', "null", "\x00"])
def test_a_text_that_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_receipt(text)


def test_the_key_that_promises_signs_no_tree(vouched: History, tmp_path: Path) -> None:
    signer = keys.load(receipt_desk.receipt_key_file())
    size = vouched.checkpoint_size()
    vouched.resign(size, signer)
    first = vouched.verify().first()
    assert first is not None
    assert (first.index, "no believed key signed it" in first.reason) == (size - 1, True)
    vouched_for = receipt_desk.receipt_key_file().with_suffix(".endorsement").read_text()
    assert parse_note(vouched_for).text == receipt_key_text(signer.verifier)


def test_without_a_key_to_promise_with_a_receipt_waits_for_the_sealing(history: History) -> None:
    (entry,) = history.write(1)
    with pytest.raises(NoReceipt, match="try in a second"):
        receipt_for(entry, scopes=[""])
    history.seal()
    assert taken(history, entry).faults(history.key) == []


@pytest.mark.parametrize("entry", ["nonsense", "0190b0a0-0000-7000-8000-000000000000"])
def test_there_is_no_receipt_of_what_is_not_there(vouched: History, entry: str) -> None:
    with pytest.raises(NoReceipt):
        receipt_for(entry, scopes=[""])


def test_nobody_gets_the_receipt_of_an_entry_of_another_unit(vouched: History) -> None:
    (entry,) = vouched.write(1, scope="demo/legal")
    with pytest.raises(NoReceipt):
        receipt_for(entry, scopes=["demo/finance"])
    assert receipt_for(entry, scopes=["demo"]).entry_id == entry
