"""Random honest histories raise no alarm, whatever writers, sealers, keys and the law ask for."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from audit import key_ring, retention
from audit.sealing import Sealer
from tests.integration.audit.conftest import ROUTER, History
from tests.integration.audit.test_retention import write_about_ada


def write(history: History, chance: random.Random) -> None:
    history.write(chance.randint(1, 90))


def roll_back(history: History, chance: random.Random) -> None:
    with transaction.atomic():
        history.write(chance.randint(1, 20))
        transaction.set_rollback(True)


def reconnect(_history: History, _chance: random.Random) -> None:
    connection.close()


def crash_the_sealer(history: History, _chance: random.Random) -> None:
    with transaction.atomic():
        history.write(2)
    history.sealer = Sealer(key_ring.signing_key())


def rotate(history: History, _chance: random.Random) -> None:
    key_ring.rotate(ROUTER)
    history.sealer = Sealer(key_ring.signing_key())
    history.seal()


def erase(_history: History, _chance: random.Random) -> None:
    write_about_ada()
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)


def remove(history: History, _chance: random.Random) -> None:
    history.write_payload({"old": True})
    retention.remove_payloads(before=datetime.now(UTC), actor=ROUTER)


def seal(history: History, chance: random.Random) -> None:
    history.sealer.seal(heartbeat=chance.random() < 0.2)


ACTS: list[Callable[[History, random.Random], None]] = [
    write,
    write,
    write,
    seal,
    seal,
    seal,
    roll_back,
    reconnect,
    crash_the_sealer,
    rotate,
    erase,
    remove,
]


def live(history: History, seed: int) -> None:
    """Let a history happen, verifying on the way and at its end, as two kinds of reader."""
    chance = random.Random(seed)  # noqa: S311 - a seed to repeat it, no secret
    first_key, kept = history.key, history.checkpoint()
    for step in range(25):
        chance.choice(ACTS)(history, chance)
        if step % 12 == 0:
            assert history.verify().sound
    history.seal()
    for report in (history.verify(kept), history.verify_with(first_key)):
        assert report.sound, f"seed {seed}: {report}"


@pytest.mark.parametrize("seed", [1, 2])
def test_an_honest_history_raises_no_alarm(history: History, seed: int) -> None:
    live(history, seed)
