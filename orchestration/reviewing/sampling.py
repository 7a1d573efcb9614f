"""Drawing decisions for review, at random or by risk, so that anybody can draw the same again.

Pure.

Each decision gets a number between 0 and 1 from SHA-256 over the seed and its id, and the key
ln(number) / weight; the largest keys are drawn. That is weighted sampling without replacement
(Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006); with equal weights it
is simple random sampling. One pass, in memory that grows with the sample only.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

FACTORS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "irreversible": (4, "its effect can't be undone"),
        "write": (2, "it changed something"),
        "held": (2, "it was held for people"),
        "denied": (2, "it was denied"),
        "flagged": (2, "a policy flagged it"),
        "high-risk": (3, "its agent is of high risk"),
        "medium-risk": (2, "its agent is of medium risk"),
        "untrusted": (3, "untrusted data was among its arguments"),
        "ended-badly": (2, "it failed, or its outcome is unknown"),
    }
)
"""By how much each trait of a decision multiplies its weight, and the trait in words."""


@dataclass(frozen=True)
class Candidate:
    """A decision that may be drawn: its id and its traits, which are keys of FACTORS."""

    id: str
    traits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A decision that was drawn, with its weight."""

    candidate: Candidate
    weight: int


@dataclass(frozen=True)
class Draw:
    """What was drawn, the first drawn first, from how many."""

    drawn: list[Drawn]
    population: int


def weight(traits: Iterable[str]) -> int:
    """The product of the traits' factors; 1 without traits."""
    return math.prod(FACTORS[trait][0] for trait in traits)


def draw(candidates: Iterable[Candidate], *, seed: str, size: int, weighted: bool) -> Draw:
    """Draw `size` candidates, or all if there are fewer; their order does not matter.

    The same seed and candidates give the same draw. KeyError: a trait that is no factor.
    """
    best: list[tuple[float, str, Drawn]] = []
    population = 0
    for candidate in candidates:
        population += 1
        share = weight(candidate.traits) if weighted else 1
        entry = (_key(seed, candidate.id, share), candidate.id, Drawn(candidate, share))
        if len(best) < size:
            heapq.heappush(best, entry)
        elif entry[:2] > best[0][:2]:
            heapq.heapreplace(best, entry)
    best.sort(key=lambda one: one[:2], reverse=True)
    return Draw([drawn for _, _, drawn in best], population)


def _key(seed: str, identifier: str, share: int) -> float:
    digest = sha256(f"{seed}\n{identifier}".encode()).digest()
    number = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)
    return math.log(number) / share
