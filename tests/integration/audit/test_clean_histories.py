"""Random honest histories raise no alarm, whatever writers, sealers, keys and the law do."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from django.db import Error as DatabaseFault
from django.db import connection, connections, transaction

from audit import dropping, key_ring, receipt_desk, retention, sealing
from audit.models import Entry
from audit.receipt_desk import receipt_faults, receipt_for
from audit.receipts import Receipt
from audit.sealing import Sealer
from tests.conftest import _use
from tests.integration.audit.conftest import ROUTER, History
from tests.integration.audit.test_adversity import elsewhere, killed_at
from tests.integration.audit.test_dropping import recorded_in
from tests.integration.audit.test_retention import write_about_ada
from tests.machinery.clusters import Cluster

__all__ = ["elsewhere"]

MONTHS = [date(2024, month, 1) for month in range(1, 13)]


@dataclass
class Story:
    """A history that happens by chance, what its readers keep, and where it may move to."""

    history: History
    chance: random.Random
    elsewhere: Cluster | None = None
    receipts: list[Receipt] = field(default_factory=list)
    months: Iterator[date] = field(default_factory=lambda: iter(MONTHS))
    moved: bool = False


def write(story: Story) -> None:
    entries = story.history.write(story.chance.randint(1, 90))
    story.receipts.append(receipt_for(story.chance.choice(entries), scopes=[""]))


def roll_back(story: Story) -> None:
    story.history.write_and_roll_back(story.chance.randint(1, 20))


def write_at_once(story: Story) -> None:
    """Four sessions write and fail beside each other, and the sealer seals meanwhile."""

    def one(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - to repeat it, no secret
        for _ in range(6):
            with transaction.atomic():
                story.history.write(chance.randint(1, 9))
                if chance.random() < 0.3:
                    transaction.set_rollback(True)
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(one, story.chance.getrandbits(30)) for _ in range(4)]
        story.history.seal()
        for each in working:
            each.result()


def crash_a_writer(story: Story) -> None:
    """A session that ends in the middle of a transaction, its entries written and not committed."""
    with suppress(DatabaseFault), transaction.atomic():
        story.history.write(story.chance.randint(1, 5))
        connection.connection.close()
    connection.close()


def reconnect(_story: Story) -> None:
    connection.close()


def crash_the_sealer(story: Story) -> None:
    """A sealer that dies at some line of its work, and the one that goes on."""
    story.history.write(2)
    with killed_at(story.chance.randint(1, 90)):
        Sealer(story.history.sealer.key).seal()
    story.history.sealer = Sealer(key_ring.signing_key())


def rotate(story: Story) -> None:
    key_ring.rotate(ROUTER)
    story.history.sealer = Sealer(key_ring.signing_key())
    receipt_desk.vouch(story.history.sealer.key)
    story.history.seal()


def erase(_story: Story) -> None:
    write_about_ada()
    retention.erase_subject(subject="ada", reason="asked", actor=ROUTER)


def hold_and_release(_story: Story) -> None:
    hold = retention.place_hold(covers="subject", value="ada", reason="a suit", actor=ROUTER)
    retention.release_hold(hold=hold, reason="settled", actor=ROUTER)


def remove(story: Story) -> None:
    story.history.write_payload({"old": True})
    retention.remove_payloads(before=datetime.now(UTC), actor=ROUTER)


def drop_a_month(story: Story) -> None:
    """Entries of long ago, an erasure among them, and the month dropped once it may be."""
    month = next(story.months, None)
    if month is None:
        return
    with recorded_in(story.history, month):
        write(story)
        erase(story)
    story.history.seal()
    dropping.drop_month(month=month, reason="kept long enough", actor=ROUTER)


def move(story: Story) -> None:
    """Dump everything and restore it on another server, once."""
    if story.elsewhere is None or story.moved:
        return
    story.moved = True
    story.history.database = story.elsewhere.restored(story.history.database)
    connections.close_all()
    _use(story.history.database)
    assert story.history.verify().sound
    sealing.note_restore()
    story.history.sealer = Sealer(key_ring.signing_key())
    story.history.seal()


def seal(story: Story) -> None:
    story.history.sealer.seal(heartbeat=story.chance.random() < 0.2)


ACTS: list[Callable[[Story], None]] = [
    *(write, write, write_at_once, seal, seal, seal, roll_back, reconnect),
    *(
        crash_a_writer,
        crash_the_sealer,
        rotate,
        erase,
        hold_and_release,
        remove,
        drop_a_month,
        move,
    ),
]


def live(history: History, seed: int, elsewhere: Cluster | None = None) -> None:
    """Let a history happen, verifying on the way and at its end, as three kinds of reader."""
    story = Story(history, random.Random(seed), elsewhere)  # noqa: S311 - to repeat it, no secret
    receipt_desk.vouch(history.sealer.key)
    first_key, kept = history.key, history.checkpoint()
    acts = [*ACTS, *story.chance.choices(ACTS, k=14)]
    story.chance.shuffle(acts)
    for step, act in enumerate(acts):
        act(story)
        if step % 10 == 0:
            report = history.verify()
            assert report.sound, f"seed {seed}, {act.__name__}: {report}"
    history.seal()
    for report in (history.verify(kept), history.verify_with(first_key)):
        assert report.sound, f"seed {seed}: {report}"
    assert receipt_faults(story.receipts, first_key) == []
    assert Entry.objects.filter(kind="month.dropped").count() >= 1
    assert story.moved is (elsewhere is not None)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_honest_history_raises_no_alarm(history: History, elsewhere: Cluster, seed: int) -> None:
    back = history.database
    live(history, seed, elsewhere)
    connections.close_all()
    _use(back)
