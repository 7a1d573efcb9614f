"""A real witness over real HTTP: what it exposes, and what happens when it is away or lies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import key_ring, keys, witness_client, witnessing
from audit.checkpoints import newest
from audit.notes import COSIGNATURE, cosigned_by
from audit.sealing import Sealer
from audit.state import seal_state
from audit.verifying_here import verify_here
from audit.witness_client import WitnessProblem
from audit.witness_policy import KnownWitness
from audit.witness_server import Witness, serve
from audit.witnessing import WitnessingLoop
from tests.integration.audit.conftest import ROUTER, History
from tests.integration.audit.test_tampering import BODY, REHASH, at, cut_to_second_checkpoint


class Running:
    """A witness that answers on a local port."""

    def __init__(self, folder: Path) -> None:
        self.witness = Witness(folder, "witness.example")
        self.server = serve(self.witness, "127.0.0.1", 0)
        self.known = KnownWitness(
            self.witness.key.verifier, f"http://127.0.0.1:{self.server.server_address[1]}"
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def witness(history: History, tmp_path: Path) -> Iterator[Running]:
    """A witness in the ledger's list that has cosigned the newest checkpoint."""
    running = Running(tmp_path / "elsewhere")
    witnessing.register(running.known.key, running.known.url)
    submit_newest()
    yield running
    running.stop()


def submit_newest() -> None:
    WitnessingLoop(threading.Event()).submit_newest()


def state_after_seal() -> tuple[str, str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("update audit_sealer set seen_at = now(), problem = '' where id = 1")
    state = seal_state()
    return state.colour, state.summary


def test_a_witnessed_ledger_is_green_and_its_notes_carry_the_cosignature(
    history: History, witness: Running
) -> None:
    assert state_after_seal() == ("green", "ledger sealed")
    history.write(300)
    history.seal()
    submit_newest()
    assert state_after_seal() == ("green", "ledger sealed")
    note = witness_client.last_cosigned(witness.known, history.key.name)
    assert note is not None
    assert cosigned_by(note, witness.known.key)
    assert history.verify(note, witnesses=[witness.known.key]).sound
    assert verify_here().witnessed == history.checkpoint_size()


def test_7_a_tail_cut_with_its_checkpoints_is_exposed_by_the_witness(
    history: History, witness: Running
) -> None:
    note = witness_client.last_cosigned(witness.known, history.key.name)
    assert note is not None
    size, second = history.checkpoint_size(), history.sizes()[1]
    history.tamper(*cut_to_second_checkpoint(history), "delete from audit_cosignature")
    submit_newest()
    colour, summary = state_after_seal()
    assert colour == "red"
    assert f"it has seen {size} entries, and there are {second}" in summary
    report = history.verify(note, witnesses=[witness.known.key])
    assert any(f"a witness saw covers {size}" in fault.reason for fault in report.faults)


def test_17_a_ledger_rewritten_with_the_real_key_is_exposed_by_the_witness(
    history: History, witness: Running
) -> None:
    history.tamper(
        at("update audit_entry set actor_id = 'router-2', " + BODY, 70),
        at(f"update audit_entry set {REHASH}", 70),
        *(f"delete from audit_{table}" for table in ("tile", "checkpoint", "leaf", "cosignature")),
    )
    Sealer(history.sealer.key).seal()
    assert history.verify().sound
    submit_newest()
    colour, summary = state_after_seal()
    assert colour == "red"
    assert "another tree" in summary


def test_a_witness_that_is_away_stops_nothing(history: History, witness: Running) -> None:
    witness.stop()
    history.write(3)
    assert history.seal().entries == 3
    submit_newest()
    colour, summary = state_after_seal()
    assert colour == "amber"
    assert "unreachable" in summary


def test_a_witness_that_signs_with_another_key_is_not_believed(
    history: History, witness: Running, tmp_path: Path
) -> None:
    liar = keys.generate("witness.example", COSIGNATURE)
    witness.witness.key = liar
    history.write(1)
    history.seal()
    last = newest()
    assert last is not None
    with pytest.raises(WitnessProblem, match="not good"):
        witness_client.submit(witness.known, last, 0)


def test_a_witness_follows_a_rotated_key_that_the_old_one_vouched_for(
    history: History, witness: Running
) -> None:
    key_ring.rotate(ROUTER)
    history.sealer = Sealer(key_ring.signing_key())
    history.write(1)
    history.seal()
    submit_newest()
    assert state_after_seal() == ("green", "ledger sealed")


def test_a_witness_does_not_follow_a_key_nobody_vouched_for(
    history: History, witness: Running
) -> None:
    key_ring.rotate(ROUTER, lost=True)
    history.sealer = Sealer(key_ring.signing_key())
    history.write(1)
    history.seal()
    submit_newest()
    colour, summary = state_after_seal()
    assert colour == "red"
    assert "403" in summary


def test_a_witness_remembers_after_a_restart(
    history: History, witness: Running, tmp_path: Path
) -> None:
    witness.stop()
    again = Running(tmp_path / "elsewhere")
    try:
        assert again.known.key == witness.known.key
        note = witness_client.last_cosigned(again.known, history.key.name)
        assert note is not None
        assert note.text == history.checkpoint().text
    finally:
        again.stop()
