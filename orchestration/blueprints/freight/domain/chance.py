"""Seeded chance for simulations: the same seed and name give the same numbers on every machine."""

from __future__ import annotations

from random import Random


def chance(seed: int, *names: str) -> Random:
    """A generator of its own for one purpose, so that a new purpose never moves another's
    numbers.
    """
    return Random(f"{seed}/{'/'.join(names)}")  # noqa: S311 - a simulation, no secret
