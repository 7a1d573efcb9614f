"""Principles: short texts that a goal's agents carry, each with the policies that enforce it.

They stand in policies under `principles` and come into force with the bundle. A text that no policy
in force enforces is advice, and is shown as advice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.policy.bundle import Bundle
from orchestration.policy.scopes import unit_within
from orchestration.policy.terms import Principle


@dataclass(frozen=True)
class Standing:
    """How a principle stands under a bundle.

    Attributes:
        enforced_by: policies in force that enforce it. shadowed: those that only watch.
        absent: those it names that the bundle does not hold.
    """

    principle: Principle
    enforced_by: tuple[str, ...]
    shadowed: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def advice_only(self) -> bool:
        """Whether nothing but the agent's good will keeps it."""
        return not self.enforced_by


def carried(bundle: Bundle, unit: str) -> list[Standing]:
    """The principles that agents working for a goal of this unit carry, policy by policy."""
    principles = (
        principle
        for policy in bundle.policies
        if policy.mode == "enforce"
        and (not policy.scope.units or unit_within(policy.scope.units, unit))
        for principle in policy.principles
    )
    return standing(principles, bundle)


def standing(principles: Iterable[Principle], bundle: Bundle) -> list[Standing]:
    """How each principle stands under a bundle, in the order given."""
    modes = {one.key: one.mode for one in bundle.policies if one.rules or one.limits}
    return [
        Standing(
            one,
            tuple(key for key in one.enforced_by if modes.get(key) == "enforce"),
            tuple(key for key in one.enforced_by if modes.get(key) == "shadow"),
            tuple(key for key in one.enforced_by if key not in modes),
        )
        for one in principles
    ]
