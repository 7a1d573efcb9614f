"""Central allocation: one orchestrator gives each task to the best able agent. Pure.

Order of preference: the least work under way; then the nearest unit; then the narrower specialist;
then the name, so that equal cases always end equally.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """An agent that could take a task: what it can do, where it is, how much it has to do."""

    agent: str
    slug: str
    scope: str
    capabilities: tuple[str, ...]
    load: int


@dataclass(frozen=True)
class Award:
    """The choice with its reasons and the order of those who were weighed, best first."""

    agent: str
    slug: str
    reasons: tuple[str, ...]
    ranking: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The award as stored with the task."""
        return {
            "pattern": "central",
            "agent": self.slug,
            "reasons": list(self.reasons),
            "ranking": list(self.ranking),
        }


def distance(one: str, other: str) -> int:
    """Steps through the unit tree between two paths."""
    a, b = one.split("/"), other.split("/")
    shared = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        shared += 1
    return len(a) + len(b) - 2 * shared


def choose(capability: str, scope: str, candidates: Iterable[Candidate]) -> Award | None:
    """The best candidate that has the capability, or None when there is none."""
    able = [one for one in candidates if capability in one.capabilities]
    if not able:
        return None

    def preference(one: Candidate) -> tuple[int, int, int, str]:
        return (one.load, distance(one.scope, scope), len(one.capabilities), one.slug)

    ranked = sorted(able, key=preference)
    best = ranked[0]
    reasons = (
        f"can do {capability}",
        f"{distance(best.scope, scope)} units away",
        f"{best.load} tasks under way",
        f"{len(able)} able",
    )
    return Award(best.agent, best.slug, reasons, tuple(one.slug for one in ranked))
