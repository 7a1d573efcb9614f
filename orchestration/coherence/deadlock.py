"""Deadlock: tasks wait for each other in a circle. A cycle of the wait-for graph; exact. Pure.

The graph is that of Holt, "Some Deadlock Properties of Computer Systems" (1972): an edge leads from
who waits to what is waited for, and from a resource to who holds it. A new edge can only close a
circle through itself, so one walk along the edges of the newest suffices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import (
    Awarded,
    Claimed,
    Event,
    Released,
    Step,
    TaskAdded,
    TaskMoved,
    WaitBegun,
    WaitEnded,
)
from orchestration.detection.findings import (
    About,
    Edge,
    Finding,
    Node,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

TASKS = 10_000
RESOURCES = 10_000
ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(slots=True)
class _Task:
    agent: str = ""
    waits: dict[str, WaitBegun] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    held: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    cost: int = 0
    irreversible: bool = False
    told: bool = False


class Deadlock(Quiet):
    """Keeps who waits for what and who holds what."""

    about = About(
        name="coherence.deadlock",
        title="Deadlock",
        sentence="Agents wait for each other in a circle, so none of them can go on.",
        needs=(
            WaitBegun,
            WaitEnded,
            Claimed,
            Released,
            TaskAdded,
            TaskMoved,
            Awarded,
            Step,
        ),
        thresholds=(
            Threshold("circle", 2, "a circle of waits never ends by itself, however short"),
        ),
        cost="the length of the chain of waits behind a new wait; nothing for other events",
        ladder=(Response.FLAG, Response.BREAK_DEADLOCK, Response.REASSIGN, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._tasks: Recent[str, _Task] = Recent(TASKS, _Task)
        self._holders: Recent[str, str] = Recent(RESOURCES, str)
        self._keys: Recent[tuple[str, str], str] = Recent(TASKS, str)

    def see(self, event: Event) -> Iterable[Finding]:
        """A circle, when its last wait begins or its last resource is taken."""
        task = self._tasks.touch(event.task)
        if event.agent and not isinstance(event, TaskAdded):
            task.agent = event.agent
        if isinstance(event, WaitBegun):
            task.waits[event.subject] = event
            return self._look(event)
        if isinstance(event, Claimed):
            task.held[event.resource] = event.at
            self._holders.put(event.resource, event.task)
            return self._look(event)
        self._note(event, task)
        return ()

    def _note(self, event: Event, task: _Task) -> None:
        if isinstance(event, Step):
            task.steps += 1
            task.cost += event.cost_minor
            task.irreversible |= event.effect == "irreversible" and event.state == "done"
        elif isinstance(event, TaskAdded):
            self._keys.put((event.goal, event.key), event.task)
            found = (self._keys.find((event.goal, key)) for key in event.needs)
            task.needs = tuple(need for need in found if need)
        elif isinstance(event, Released):
            self._free(event.resource, event.task)
        elif isinstance(event, WaitEnded) or (
            isinstance(event, TaskMoved) and event.state in {"ready", "retried"}
        ):
            task.waits.clear()
            task.told = False
        elif isinstance(event, TaskMoved) and event.state in ENDED:
            for resource in list(task.held):
                self._free(resource, event.task)
            self._tasks.drop(event.task)

    def _free(self, resource: str, task: str) -> None:
        held = self._tasks.find(task)
        if held is not None:
            held.held.pop(resource, None)
        if self._holders.find(resource) == task:
            self._holders.drop(resource)

    def _next(self, task: str) -> list[str]:
        """The tasks that a task waits for, through what they hold as well."""
        held = self._tasks.find(task)
        if held is None:
            return []
        found = [self._holders.find(subject) or subject for subject in held.waits]
        return [one for one in (*found, *held.needs) if one in self._tasks]

    def _circle(self, start: str) -> list[str]:
        """The tasks of a circle through `start`, in the order of their waits; empty if none."""
        came: dict[str, str] = {}
        todo = [start]
        while todo:
            here = todo.pop()
            for after in self._next(here):
                if after == start:
                    return _way_back(came, here, start)
                if after not in came:
                    came[after] = here
                    todo.append(after)
        return []

    def _look(self, event: Event) -> Iterable[Finding]:
        circle = self._circle(event.task)
        tasks = [(key, self._tasks.touch(key)) for key in circle]
        if not circle or all(task.told for _, task in tasks):
            return ()
        for _, task in tasks:
            task.told = True
        return (self._found(event, tasks),)

    def _found(self, event: Event, tasks: list[tuple[str, _Task]]) -> Finding:
        nodes: list[Node] = []
        edges: list[Edge] = []
        for (key, task), (after, held) in zip(tasks, [*tasks[1:], tasks[0]], strict=True):
            nodes.append(Node(key, "task", f"task {key[-6:]}", task.agent, _since(task)))
            resource = next((s for s in task.waits if self._holders.find(s) == after), "")
            if resource:
                label = resource.rpartition(":")[2]
                nodes.append(Node(resource, "resource", label, held.agent, held.held[resource]))
                edges += [Edge(key, resource, "waits"), Edge(resource, after, "held by")]
            else:
                edges.append(Edge(key, after, "waits"))
        agents = tuple(dict.fromkeys(task.agent for _, task in tasks))
        named = ", ".join(f"{{{number}}}" for number in range(len(agents)))
        return Finding(
            detector=self.about.name,
            key="/".join(sorted(key for key, _ in tasks)),
            severity=Severity.HIGH,
            confidence=1.0,
            title=f"{named} wait for each other in a circle of {len(tasks)}.",
            at=event.at,
            since=min(_since(task) for _, task in tasks),
            scope=event.scope,
            goal=event.goal,
            agents=agents,
            tasks=tuple(key for key, _ in tasks),
            nodes=tuple(nodes),
            edges=tuple(edges),
            figures={"waits": len(tasks), "steps to repeat": min(t.steps for _, t in tasks)},
            spared=tuple(key for key, _ in sorted(tasks, key=_loss)),
        )


def _way_back(came: dict[str, str], last: str, start: str) -> list[str]:
    way = [last]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def _since(task: _Task) -> float:
    return min((wait.at for wait in task.waits.values()), default=0.0)


def _loss(item: tuple[str, _Task]) -> tuple[bool, int, int, str]:
    """What is lost when this wait ends and its task begins again: irreversible steps weigh most."""
    key, task = item
    return task.irreversible, task.cost, task.steps, key
