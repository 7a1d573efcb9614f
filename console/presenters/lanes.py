"""Where steps lie in the decision flow: a rank along time and a slot inside the lane. Pure.

The rank is the longest path from the beginning. Steps are placed in the order they were decided and
only look at steps before them, so that a new step never moves one already placed: O(steps + edges).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Placed:
    """Rank (column, from 0) and slot (row inside its lane, from 0) of one step."""

    rank: int
    slot: int


@dataclass
class Lanes:
    """The places given so far; feed it step after step in the order of their decisions."""

    places: dict[str, Placed] = field(default_factory=dict)
    _taken: dict[tuple[str, int], int] = field(default_factory=dict)

    def place(self, step: str, lane: str, before: Iterable[str]) -> Placed:
        """Place a step of a lane after the steps that led to it; unknown ones count for nothing.

        A step that is placed already keeps its place.
        """
        if step in self.places:
            return self.places[step]
        ranks = [self.places[one].rank for one in before if one in self.places]
        rank = max(ranks, default=-1) + 1
        slot = self._taken.get((lane, rank), 0)
        self._taken[lane, rank] = slot + 1
        placed = self.places[step] = Placed(rank, slot)
        return placed


def place_all(steps: Sequence[tuple[str, str, Sequence[str]]]) -> dict[str, Placed]:
    """Place (step, lane, steps before it) triples given in the order of their decisions."""
    lanes = Lanes()
    for step, lane, before in steps:
        lanes.place(step, lane, before)
    return lanes.places
