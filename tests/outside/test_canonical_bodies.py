"""Ten thousand random bodies have the very bytes that an independent RFC 8785 writer gives them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import rfc8785

from audit.canonical import LARGEST_INTEGER
from audit.entries import ACTOR_KINDS, Actor, Draft, row

BODIES = 10_000
SEED = 20260820
LETTERS = 'abcdefgXYZ0123456789 ._-/:"\\\n\t\x01\x1f\x7f\u20acéß漢字🚂\u2028\ufeff'


def text(chance: random.Random, most: int = 12) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, most)))


def value(chance: random.Random, depth: int = 0) -> Any:
    """Anything the profile allows."""
    sort = chance.randrange(8 if depth < 4 else 5)
    if sort == 0:
        return None
    if sort == 1:
        return chance.random() < 0.5
    if sort == 2:
        return chance.choice([0, -1, LARGEST_INTEGER, -LARGEST_INTEGER, chance.getrandbits(40)])
    if sort < 5:
        return text(chance, 40)
    if sort == 5:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return members(chance, depth + 1)


def members(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    names = ("".join(filter(str.isascii, text(chance))) for _ in range(chance.randrange(5)))
    return {name: value(chance, depth) for name in names}


def draft(chance: random.Random) -> Draft:
    maybe = chance.random
    return Draft(
        kind=text(chance),
        actor=Actor(chance.choice(sorted(ACTOR_KINDS)), text(chance), text(chance)),
        subject_kind=text(chance),
        subject_id=text(chance),
        scope=text(chance) if maybe() < 0.5 else "",
        revision=chance.randrange(LARGEST_INTEGER) if maybe() < 0.5 else None,
        goal=str(UUID(int=chance.getrandbits(128))) if maybe() < 0.5 else None,
        decision=text(chance) if maybe() < 0.5 else None,
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC)
        + timedelta(microseconds=chance.getrandbits(50)),
        data=members(chance),
    )


def test_ten_thousand_random_bodies_are_canonical() -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same bodies in every run
    for _ in range(BODIES):
        written = ("{" + row(draft(chance))["body"]).encode()
        assert written == rfc8785.dumps(orjson.loads(written))
