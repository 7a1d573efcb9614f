"""Whether a set of planned tasks can be added to a graph: keys, dependencies, no cycles. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

LONGEST_KEY = 120
"""Characters of a task's key at most."""


@dataclass(frozen=True)
class Planned:
    """A planned task: its key and the keys of the tasks it needs."""

    key: str
    needs: tuple[str, ...]


def check_graph(planned: Iterable[Planned], known: Set[str]) -> list[str]:
    """Sentences about all that is wrong with adding these tasks to those known; empty if none.

    Known tasks need nothing planned here, so a cycle can only lie among the new ones.
    """
    tasks = list(planned)
    problems: list[str] = []
    seen: set[str] = set()
    for task in tasks:
        if not task.key or len(task.key) > LONGEST_KEY:
            problems.append(f"the key {task.key[:40]!r} must have 1 to 120 characters")
        if task.key in seen or task.key in known:
            problems.append(f"the key {task.key!r} is used twice")
        seen.add(task.key)
    for task in tasks:
        problems.extend(
            f"{task.key!r} needs {need!r}, which does not exist"
            for need in task.needs
            if need not in seen and need not in known
        )
    graph = {task.key: [need for need in task.needs if need in seen] for task in tasks}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        problems.append("tasks need one another in a circle: " + " -> ".join(error.args[1]))
    return problems
