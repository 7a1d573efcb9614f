"""Principles: short texts that agents carry, each with the policies that enforce it on acts.

A text that no policy in force enforces is advice, and is shown as advice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.policy.bundle import Bundle
from orchestration.policy.reader import Reader
from orchestration.policy.source import Located, PolicyError, read


@dataclass(frozen=True)
class Principle:
    """One principle: its key, its text, and the keys of the policies meant to enforce it."""

    key: str
    text: str
    enforced_by: tuple[str, ...] = ()


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


def parse_principles(text: str) -> tuple[Principle, ...]:
    """The principles of a YAML text `principles: [{key, text, enforced_by}]`.

    Raises PolicyError with line and column of every problem.
    """
    reader, root = Reader(), read(text)
    parts = reader.mapping(root, ("principles",), ("principles",))
    found = tuple(_principle(reader, one) for one in reader.items(parts.get("principles")))
    keys = [one.key for one in found]
    for key in sorted({one for one in keys if keys.count(one) > 1}):
        reader.fault(root, f"two principles are called {key}")
    if reader.problems:
        raise PolicyError(reader.problems)
    return found


def standing(principles: Iterable[Principle], bundle: Bundle) -> list[Standing]:
    """How each principle stands under a bundle, in the order given."""
    modes = {one.key: one.mode for one in bundle.policies}
    return [
        Standing(
            one,
            tuple(key for key in one.enforced_by if modes.get(key) == "enforce"),
            tuple(key for key in one.enforced_by if modes.get(key) == "shadow"),
            tuple(key for key in one.enforced_by if key not in modes),
        )
        for one in principles
    ]


def _principle(reader: Reader, at: Located) -> Principle:
    parts = reader.mapping(at, ("key", "text", "enforced_by"), ("key", "text"))
    enforced = reader.names(parts["enforced_by"]) if "enforced_by" in parts else ()
    return Principle(reader.name(parts.get("key")), reader.text(parts.get("text")), enforced)
