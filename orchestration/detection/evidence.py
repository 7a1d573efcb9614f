"""How evidence is put together: steps as nodes, and edges from each to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

from orchestration.detection.events import Step
from orchestration.detection.findings import Edge, Node

MOST_NAMED = 8
"""Agents and tasks that a finding names at most."""


class Known(Protocol):
    """What has an identifier."""

    @property
    def id(self) -> str:
        """Its identifier."""


def of_steps(steps: Iterable[Step]) -> tuple[Node, ...]:
    """A node for each step."""
    return tuple(
        Node(step.id, "step", f"{step.act} {step.target}", step.agent, step.at) for step in steps
    )


def in_a_row(parts: Sequence[Known], kind: str = "then") -> tuple[Edge, ...]:
    """An edge from each part to the next."""
    return tuple(Edge(one.id, after.id, kind) for one, after in pairwise(parts))


def each_once(names: Iterable[str]) -> tuple[str, ...]:
    """The first few different names that are not empty, in their order."""
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_NAMED]
