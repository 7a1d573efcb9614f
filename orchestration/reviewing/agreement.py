"""What verdicts add up to: shares with their uncertainty, and how far two reviewers agree. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CONFIDENT = 1.959964
"""The normal deviate of a two-sided interval that holds in 95 of 100 cases."""


@dataclass(frozen=True)
class Share:
    """A share of a sample, and the interval that its true value lies in with 95 % confidence.

    Attributes:
        part, whole: counts. low, high: bounds between 0 and 1 (Wilson 1927).
    """

    part: int
    whole: int
    low: float
    high: float


def share(part: int, whole: int) -> Share | None:
    """A share with its Wilson score interval; None of nothing."""
    if not whole:
        return None
    rate, square = part / whole, CONFIDENT**2
    middle = (rate + square / (2 * whole)) / (1 + square / whole)
    spread = math.sqrt(rate * (1 - rate) / whole + square / (4 * whole**2))
    spread *= CONFIDENT / (1 + square / whole)
    return Share(part, whole, max(0.0, middle - spread), min(1.0, middle + spread))


@dataclass(frozen=True)
class Agreement:
    """How far reviewers of the same decisions agree.

    Attributes:
        pairs: decisions that two people judged. alike: how many they judged alike.
        kappa: Cohen's kappa, agreement beyond chance; None if chance alone explains everything.
    """

    pairs: int
    alike: int
    kappa: float | None


def agreement(pairs: Iterable[Sequence[str]]) -> Agreement:
    """Cohen's kappa over pairs of verdicts; which of the two is named first does not matter."""
    known = [(first, second) for first, second in pairs]
    if not known:
        return Agreement(0, 0, None)
    alike = sum(first == second for first, second in known)
    said = Counter(word for pair in known for word in pair)
    chance = sum((count / (2 * len(known))) ** 2 for count in said.values())
    observed = alike / len(known)
    kappa = None if math.isclose(chance, 1) else (observed - chance) / (1 - chance)
    return Agreement(len(known), alike, kappa)
