"""What an insider with every right over the database may try, and what a verification then says.

Cases that only something kept elsewhere can expose say so: an earlier checkpoint stands for any
place outside the database, a witness included.
"""

from __future__ import annotations

import pytest
from django.db import connection

from audit import key_ring, keys, ledger, payloads
from audit.checkpoints import in_order, newest
from audit.models import Entry, Leaf
from audit.notes import Note, TreeHead, parse_head
from audit.reports import Fault
from audit.sealing import Sealer
from audit.verification import Asked, verify
from tests.integration.audit.conftest import ROUTER, History, draft

BODY = "body = replace(body, 'router-1', 'router-2')"
REHASH = "leaf_hash = sha256('\\x00'::bytea || convert_to(body, 'UTF8'))"
AT = "(select entry from audit_placed where leaf_index = {0})"
UNSEALED = "not exists (select from audit_placed l where l.entry = e.id)"
INSERT_COPY = (
    "insert into audit_entry (id, recorded_at, xid, occurred_at, entry_id, kind, actor_kind,"
    " actor_id, subject_kind, subject_id, scope, leaf_hash, body)"
    " select {id}, recorded_at, {xid}, occurred_at, {entry_id}, kind, actor_kind, actor_id,"
    " subject_kind, subject_id, scope, leaf_hash, body from audit_entry where id = "
)


def at(statement: str, leaf: int) -> str:
    return f"{statement} where id = {AT.format(leaf)}"


def entry_at(leaf: int) -> str:
    """The entry_id of the entry at a leaf."""
    place = Leaf.objects.get(leaf_index=leaf)
    return str(Entry.objects.get(id=place.entry).entry_id)


def first_fault(history: History, *earlier: Note) -> Fault:
    """The first bad entry that a verification names, with its reason."""
    first = history.verify(*earlier).first()
    assert first is not None, "nothing was found"
    return first


def test_an_untouched_ledger_is_sound(history: History) -> None:
    report = history.verify()
    assert report.sound, str(report)
    assert report.entries == report.size > 300
    assert report.tiles == 1
    assert report.payloads >= 1


def test_other_processes_find_what_this_one_finds(history: History) -> None:
    history.tamper(at(f"update audit_entry set {BODY}", 70))
    here = history.verify()
    elsewhere = verify(Asked(history.key, processes=2))
    assert elsewhere.as_json() == here.as_json()


def test_1_an_edited_body_is_found(history: History) -> None:
    history.tamper(at(f"update audit_entry set {BODY}", 70))
    first = history.verify().first()
    assert first is not None
    assert first.index == 70
    assert "does not match its leaf hash" in first.reason


def test_2_an_edited_body_with_a_new_hash_is_found_in_a_tile(history: History) -> None:
    edit = "update audit_entry set actor_id = 'router-2', " + BODY
    history.tamper(at(edit, 70), at(f"update audit_entry set {REHASH}", 70))
    first = history.verify().first()
    assert first is not None
    assert first.index == 70
    assert "not the one its tile holds" in first.reason


def test_2_an_edited_body_with_a_new_hash_is_found_at_the_edge(history: History) -> None:
    size = history.checkpoint_size()
    edit = "update audit_entry set actor_id = 'router-2', " + BODY
    history.tamper(at(edit, size - 3), at(f"update audit_entry set {REHASH}", size - 3))
    first = history.verify().first()
    assert first is not None
    assert first.index == size - 3
    assert "not the one its tile holds" in first.reason


def test_3_a_deleted_row_is_found(history: History) -> None:
    history.tamper(at("delete from audit_entry", 70))
    first = history.verify().first()
    assert first is not None
    assert (first.index, first.reason) == (70, "the entry is missing")


def test_4_a_deleted_row_with_its_leaf_is_found(history: History) -> None:
    history.tamper(
        at("delete from audit_entry", 70), "delete from audit_leaf where leaf_index = 70"
    )
    first = history.verify().first()
    assert first is not None
    assert (first.index, first.reason) == (70, "the leaf is missing")


def test_5_a_deleted_row_with_renumbered_leaves_is_found(history: History) -> None:
    history.tamper(
        at("delete from audit_entry", 70),
        "delete from audit_leaf where leaf_index = 70",
        "update audit_leaf set leaf_index = -leaf_index where leaf_index > 70",
        "update audit_leaf set leaf_index = -leaf_index - 1 where leaf_index < 0",
    )
    first = history.verify().first()
    assert first is not None
    assert first.index == 70


def test_6_a_cut_tail_is_found(history: History) -> None:
    size = history.checkpoint_size()
    history.tamper(
        f"delete from audit_entry where id >= {AT.format(size - 5)}",
        f"delete from audit_leaf where leaf_index >= {size - 5}",
    )
    first = history.verify().first()
    assert first is not None
    assert first.index == size - 5
    assert f"covers {size} leaves" in first.reason


def cut_to_second_checkpoint(history: History) -> list[str]:
    """Statements that make the ledger look as it was at its second checkpoint."""
    second = history.sizes()[1]
    return [
        f"delete from audit_leaf where leaf_index >= {second}",
        "delete from audit_entry e where " + UNSEALED,
        f"delete from audit_checkpoint where size > {second}",
        "delete from audit_tile",
    ]


def test_7_a_cut_tail_with_its_checkpoints_needs_one_kept_elsewhere(history: History) -> None:
    kept, second = history.checkpoint(), history.sizes()[1]
    history.tamper(*cut_to_second_checkpoint(history))
    assert history.verify().sound
    first = history.verify(kept).first()
    assert first is not None
    assert first.index == second
    assert "a checkpoint kept elsewhere covers" in first.reason


def test_8_two_swapped_entries_are_found(history: History) -> None:
    history.tamper(
        "create temp table pair as select * from audit_leaf where leaf_index in (70, 80)",
        "delete from audit_leaf where leaf_index in (70, 80)",
        "insert into audit_leaf select 150 - leaf_index, entries, hashes from pair",
    )
    first = history.verify().first()
    assert first is not None
    assert first.index == 70


def test_9_a_forged_row_with_an_old_transaction_is_found(history: History) -> None:
    forged = INSERT_COPY.format(id="1000000", xid="xid", entry_id="gen_random_uuid()")
    assert history.tamper(forged + AT.format(70)) == [1]
    faults = history.verify().faults
    assert {(fault.index, fault.entry) for fault in faults} == {(-1, entry_at(70))}
    reasons = [fault.reason for fault in faults]
    assert "column id holds '1000000'" in reasons[0]
    assert "no leaf holds it, although it should have been sealed" in reasons


def test_10_a_forged_row_and_leaf_at_the_end_are_found(history: History) -> None:
    size, copied = history.checkpoint_size(), entry_at(70)
    forged = INSERT_COPY.format(id="1000000", xid="xid", entry_id="entry_id")
    history.tamper(
        forged + AT.format(70),
        f"insert into audit_leaf select {size}, '{{1000000}}', leaf_hash"
        " from audit_entry where id = 1000000",
    )
    first = first_fault(history)
    assert (first.index, first.entry) == (size, copied)
    assert "column id holds '1000000'" in first.reason
    reasons = [fault.reason for fault in history.verify().faults if fault.index == size]
    assert f"no checkpoint covers the leaves from {size} on" in reasons


def test_11_a_replayed_entry_is_found(history: History) -> None:
    size, replayed = history.checkpoint_size(), entry_at(70)
    replay = INSERT_COPY.format(id="1000000", xid="pg_current_xact_id()", entry_id="entry_id")
    history.tamper(replay + AT.format(70))
    history.seal()
    faults = [fault for fault in history.verify().faults if fault.index == size]
    assert {fault.entry for fault in faults} == {replayed}
    reasons = " ".join(fault.reason for fault in faults)
    assert "column id holds '1000000'" in reasons
    assert "another entry had this entry_id before" in reasons
    assert first_fault(history).index == size


def test_12_an_edit_of_an_indexed_column_alone_is_found(history: History) -> None:
    history.tamper(at("update audit_entry set actor_id = 'router-2'", 70))
    first = first_fault(history)
    assert (first.index, first.entry) == (70, entry_at(70))
    assert first.reason == "column actor_id holds 'router-2' and the body says 'router-1'"


def test_13_a_backdated_entry_is_found(history: History) -> None:
    history.tamper(
        at("update audit_entry set recorded_at = recorded_at - interval '1 second'", 70),
        at(
            'update audit_entry set body = regexp_replace(body, \'"_":."[^"]*"\', \'"_":["\''
            " || to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            " || '\"')",
            70,
        ),
        at(f"update audit_entry set {REHASH}", 70),
    )
    first = history.verify().first()
    assert first is not None
    assert (first.index, first.reason) == (70, "the entry is not the one its tile holds")


def test_14_an_old_checkpoint_as_the_newest_needs_one_kept_elsewhere(history: History) -> None:
    kept, second = history.checkpoint(), history.sizes()[1]
    history.tamper(f"delete from audit_checkpoint where size > {second}")
    first = history.verify(kept).first()
    assert first is not None
    assert first.index == second
    assert f"no checkpoint covers the leaves from {second} on" in first.reason


def test_15_a_dropped_checkpoint_needs_one_kept_elsewhere(history: History) -> None:
    kept = history.checkpoint()
    size = parse_head(kept.text).size
    history.write(1)
    history.seal()
    history.tamper(f"delete from audit_checkpoint where size = {size}")
    assert history.verify().sound
    first = first_fault(history, kept)
    assert first.index == size - 1
    assert f"was signed at size {size} and is no longer stored" in first.reason


def test_16_a_ledger_rebuilt_with_another_key_is_found(history: History) -> None:
    stranger = keys.generate(history.key.name)
    history.tamper(
        at("update audit_entry set actor_id = 'router-2', " + BODY, 70),
        at(f"update audit_entry set {REHASH}", 70),
        *(f"delete from audit_{table}" for table in ("tile", "checkpoint", "leaf")),
        f"insert into audit_key (verifier) values ('{stranger.verifier}')",
    )
    size = Sealer(stranger).seal().size
    assert history.verify_with(stranger.verifier).sound
    first = first_fault(history)
    assert (first.index, "no believed key signed it" in first.reason) == (size - 1, True)


def test_16_checkpoints_signed_anew_with_another_key_are_found(history: History) -> None:
    stranger = keys.generate(history.key.name)
    for size in history.sizes():
        history.resign(size, stranger)
    first = first_fault(history)
    assert first.index == history.sizes()[0] - 1
    assert "no believed key signed it" in first.reason


def test_17_a_ledger_rebuilt_with_the_real_key_needs_one_kept_elsewhere(history: History) -> None:
    kept = history.checkpoint()
    history.tamper(
        at("update audit_entry set actor_id = 'router-2', " + BODY, 70),
        at(f"update audit_entry set {REHASH}", 70),
        *(f"delete from audit_{table}" for table in ("tile", "checkpoint", "leaf")),
    )
    Sealer(history.sealer.key).seal()
    assert history.verify().sound
    last = parse_head(kept.text).size - 1
    first = first_fault(history, kept)
    assert (first.index, first.reason) == (
        0,
        "the tree does not lead to the root of a checkpoint kept elsewhere:"
        f" a leaf from 0 to {last} is another",
    )


def test_17_checkpoints_kept_on_the_way_narrow_down_what_was_rewritten(history: History) -> None:
    early, late = in_order()[1].signed(), in_order()[2].signed()
    leaf = parse_head(early.text).size + 5
    history.tamper(
        at("update audit_entry set actor_id = 'router-2', " + BODY, leaf),
        at(f"update audit_entry set {REHASH}", leaf),
        *(f"delete from audit_{table}" for table in ("tile", "checkpoint", "leaf")),
    )
    Sealer(history.sealer.key).seal()
    faults = [fault for fault in history.verify(early, late).faults if "root of" in fault.reason]
    assert [fault.index for fault in faults] == [parse_head(early.text).size]


def test_18_a_tail_cut_with_the_real_key_needs_one_kept_elsewhere(history: History) -> None:
    kept, second = history.checkpoint(), history.sizes()[1]
    history.tamper(*cut_to_second_checkpoint(history))
    connection.close()
    history.write(3)
    Sealer(history.sealer.key).seal()
    assert history.verify().sound
    first = first_fault(history, kept)
    assert first.index == second + 3
    assert "a checkpoint kept elsewhere covers" in first.reason


def test_19_a_deleted_unsealed_entry_is_found_by_its_writers_next_one(history: History) -> None:
    size = history.checkpoint_size()
    history.write(3)
    history.tamper(
        "delete from audit_entry where id = (select min(id) + 1 from audit_entry e"
        f" where {UNSEALED})"
    )
    history.write(1)
    history.seal()
    first = first_fault(history)
    assert (first.index, first.entry) == (size + 1, entry_at(size + 1))
    assert "an entry is missing between" in first.reason


def test_19_numbers_lost_to_a_rollback_alarm_nobody(history: History) -> None:
    history.write(2)
    history.write_and_roll_back(3)
    history.write(2)
    history.seal()
    report = history.verify()
    assert report.sound, str(report)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "audit_leaf set hashes = sha256(hashes) where leaf_index = 3",
            (3, "the entry is not the one its tile holds"),
        ),
        ("audit_tile set root = sha256(root)", (0, "tile 0/0 is changed")),
    ],
)
def test_20_an_edited_tile_is_found(history: History, change: str, told: tuple[int, str]) -> None:
    history.tamper(f"update {change}")
    first = first_fault(history)
    assert (first.index, first.reason) == told


@pytest.mark.parametrize(
    "change", ["salt = sha256(salt)", "body = replace(body, 'NLRTM', 'DEHAM')"]
)
def test_21_a_changed_payload_is_found(history: History, change: str) -> None:
    history.tamper(f"update audit_payload set {change} where body like '%NLRTM%'")
    first = first_fault(history)
    owner = Entry.objects.get(kind="tool.answered")
    assert (first.entry, entry_at(first.index)) == (str(owner.entry_id), str(owner.entry_id))
    assert "does not match its digest" in first.reason


def test_22_a_payload_removed_without_an_entry_is_found(history: History) -> None:
    history.tamper("delete from audit_payload where body like '%NLRTM%'")
    first = first_fault(history)
    owner = Entry.objects.get(kind="tool.answered")
    assert (first.entry, entry_at(first.index)) == (str(owner.entry_id), str(owner.entry_id))
    assert "is missing" in first.reason


def test_22_a_payload_that_only_the_inside_of_a_body_mentions_is_missed_as_well(
    history: History,
) -> None:
    with ledger.transaction():
        considered = payloads.store({"amount": 7, "limit": 5})
        entry = ledger.append(draft("step.held", data={"set": {"decision_input": considered}}))
    history.seal()
    assert history.verify().sound
    history.tamper("delete from audit_payload where body like '%\"limit\"%'")
    first = first_fault(history)
    assert (first.index, first.entry) == (history.checkpoint_size() - 1, entry)
    assert first.reason == f"its payload {considered} is missing"


def test_24_two_checkpoints_of_one_size_are_found(history: History) -> None:
    second = history.sizes()[1]
    other = str(TreeHead(history.key.name, second, bytes(32)))
    note = str(Note(other, (history.sealer.key.sign(other),)))
    history.tamper(
        "insert into audit_checkpoint (size, root, note, snapshot, system_identifier)"
        f" select {second}, '\\x{bytes(32).hex()}', '{note}', snapshot, system_identifier"
        f" from audit_checkpoint where size = {second}"
    )
    first = first_fault(history)
    assert first.index == second - 1
    assert "give two roots for one size" in first.reason


def test_a_ledger_stays_sound_when_its_key_is_rotated(history: History) -> None:
    first_key = history.key
    key_ring.rotate(ROUTER)
    history.sealer = Sealer(key_ring.signing_key())
    history.write(5)
    history.seal()
    assert history.key != first_key
    assert history.verify().sound
    assert history.verify_with(first_key).sound


def test_a_key_that_was_lost_is_not_followed(history: History) -> None:
    first_key = history.key
    key_ring.rotate(ROUTER, lost=True)
    history.sealer = Sealer(key_ring.signing_key())
    history.seal()
    assert history.verify().sound
    assert not history.verify_with(first_key).sound
    assert newest() is not None
