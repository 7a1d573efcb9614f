"""Robust running statistics: a centre and a spread that outliers hardly move. Pure.

The centre follows by at most a fixed share of the spread for each value (a Huber step), and the
spread follows the absolute deviations, cut at three spreads; 1.25 makes the mean absolute deviation
of normal values equal their standard deviation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CUT = 3.0
TO_SIGMA = 1.2533
LEARNING = 8


@dataclass(slots=True)
class Running:
    """Centre and spread of a stream of values; `rate` is the share that one value weighs."""

    rate: float = 0.02
    least: float = 1e-9
    centre: float = 0.0
    deviation: float = 0.0
    count: int = 0

    @property
    def sigma(self) -> float:
        """The spread, as a standard deviation; never less than `least`."""
        return max(self.deviation * TO_SIGMA, self.least)

    def score(self, value: float) -> float:
        """How many spreads a value lies from the centre, with its sign."""
        return (value - self.centre) / self.sigma

    def learn(self, value: float) -> None:
        """Take a value in. The first ones weigh as in a plain mean."""
        self.count += 1
        share = max(self.rate, 1.0 / self.count)
        if self.count == 1:
            self.centre = value
            return
        off = value - self.centre
        bound = CUT * self.sigma if self.count > LEARNING else math.inf
        cut = max(-bound, min(bound, off))
        self.centre += share * cut
        # a lasting change must be able to widen the spread, so the cut is not absolute
        self.deviation += share * (min(abs(off), 2 * bound) - self.deviation)
