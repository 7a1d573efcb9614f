"""Alternating offers over a price between a buyer and a seller, each with a limit the other never
sees.

The protocol is monotonic concession (Rosenschein and Zlotkin, *Rules of Encounter*, 1994); how fast
a side concedes is the time-dependent tactic of Faratin, Sierra and Jennings (1998): offer = opening
+ (limit - opening) * (round/rounds)^(1/e).
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.blueprints.freight.domain.chance import chance

ROUNDS = 8
PERCENT = 100


@dataclass(frozen=True)
class Side:
    """One side's private position. Prices are cents; `eagerness` above 1 concedes early, below
    1 late.
    """

    opening_minor: int
    limit_minor: int
    eagerness: float

    def offer(self, at_round: int) -> int:
        """Its offer in a round from 1 on; the last round's offer is its limit, and so is
        any later one.
        """
        time = min(1.0, max(0, at_round - 1) / (ROUNDS - 1))
        span = self.limit_minor - self.opening_minor
        return self.opening_minor + round(span * float(time ** (1 / self.eagerness)))


@dataclass(frozen=True)
class Answer:
    """The counterpart's answer: it takes the bid, or asks for a price, or leaves after the last
    round.
    """

    verdict: str
    price_minor: int


def buyer(list_minor: int, limit_minor: int) -> Side:
    """Our side: opens at four fifths of the list price, never goes over its limit."""
    return Side(min(list_minor * 80 // PERCENT, limit_minor), limit_minor, eagerness=1.0)


def seller(supplier: str, list_minor: int, teu: int, seed: int) -> Side:
    """The counterpart: its floor lies at 82 to 97 % of the list price by seed, lower for larger
    volume.
    """
    draw = chance(seed, "floor", supplier)
    discount = min(5, teu // 8)
    floor = list_minor * (draw.randint(82, 97) - discount) // PERCENT
    return Side(list_minor * 110 // PERCENT, floor, eagerness=draw.choice((0.6, 1.0, 1.6)))


def answer(side: Side, bid_minor: int, at_round: int) -> Answer:
    """What a seller says to a bid: it accepts when the bid reaches what it would ask for now."""
    ask = side.offer(at_round)
    if bid_minor >= ask:
        return Answer("accepted", bid_minor)
    if at_round >= ROUNDS:
        return Answer("left", 0)
    return Answer("asks", ask)
