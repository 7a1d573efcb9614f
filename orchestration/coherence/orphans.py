"""Orphaned subgoals: tasks that go on though what they were for is over. Exact. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from orchestration.detection.events import Event, GoalClosed, Step, TaskAdded, TaskMoved
from orchestration.detection.findings import (
    About,
    Edge,
    Finding,
    Node,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

PATIENCE_S = 5.0
TASKS = 10_000
STOPPED = frozenset({"failed", "cancelled"})
ENDED = STOPPED | {"done"}


class Orphans:
    """Keeps which unfinished task was asked for by which."""

    about = About(
        name="coherence.orphan",
        title="Orphaned subgoal",
        sentence="A task goes on although whoever asked for it has failed or was cancelled, so "
        "nobody will use what it makes.",
        needs=(TaskAdded, TaskMoved, GoalClosed, Step),
        thresholds=(
            Threshold("patience in seconds", PATIENCE_S, "a cancellation reaches all in time"),
        ),
        cost="constant for an event; each second a look at parents that have just ended",
        ladder=(Response.FLAG, Response.REASSIGN, Response.REPLAN, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._live: Recent[str, TaskAdded | None] = Recent(TASKS, lambda: None)
        self._children: Recent[str, set[str]] = Recent(TASKS, set)
        self._ended: dict[str, TaskMoved] = {}

    def see(self, event: Event) -> Iterable[Finding]:
        """Nothing yet: what has ended is looked at a little later."""
        if isinstance(event, TaskAdded):
            self._live.put(event.task, event)
            if event.parent and event.purpose == "answer":
                self._children.touch(event.parent).add(event.task)
        elif isinstance(event, TaskMoved) and event.state in ENDED:
            self._live.drop(event.task)
            if event.state in STOPPED and event.task in self._children:
                self._ended[event.task] = event
            else:
                self._children.drop(event.task)
        elif (
            isinstance(event, TaskMoved)
            and event.state == "retried"
            and event.task in self._children
        ):
            self._ended[event.task] = event
        return ()

    def tick(self, at: float) -> Iterable[Finding]:
        """Live children of parents that stopped a while ago."""
        due = [key for key, moved in self._ended.items() if at - moved.at >= PATIENCE_S]
        for key in due:
            moved = self._ended.pop(key)
            left = self._children.drop(key) or set()
            orphans = [task for task in map(self._live.find, sorted(left)) if task is not None]
            if orphans:
                yield _found(at, moved, orphans)


def _found(at: float, moved: TaskMoved, orphans: list[TaskAdded]) -> Finding:
    nodes = [Node(moved.task, "task", f"asked, {moved.state}", moved.agent, moved.at)]
    nodes += [Node(one.task, "task", one.title, one.agent, one.at) for one in orphans[:8]]
    many = "task goes" if len(orphans) == 1 else "tasks go"
    return Finding(
        detector=Orphans.about.name,
        key=moved.task,
        severity=Severity.LOW,
        confidence=0.97,
        title=f"{len(orphans)} {many} on though the task that asked has {_how(moved.state)}.",
        at=at,
        since=moved.at,
        scope=moved.scope,
        goal=moved.goal,
        agents=(moved.agent,) if moved.agent else (),
        tasks=tuple(one.task for one in orphans),
        nodes=tuple(nodes),
        edges=tuple(Edge(moved.task, one.task, "asked for") for one in orphans[:8]),
        figures={"orphans": len(orphans)},
    )


def _how(state: str) -> str:
    return {"failed": "failed", "cancelled": "been cancelled"}.get(state, "begun again")
