"""Silence: an agent whose task runs has not been heard of for much longer than usual. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.anomalies.robust import Running
from orchestration.detection.events import Event, Step, TaskMoved, WaitBegun
from orchestration.detection.findings import (
    About,
    Finding,
    Node,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

LEAST_S = 60.0
SPREADS = 8.0
LEAST_STEPS = 12
TASKS = 20_000
AGENTS = 10_000


@dataclass(slots=True)
class _Running:
    """A task under way: since when nothing was heard of it."""

    moved: Event
    heard: float
    agent: str
    last: str = ""
    told: bool = False


@dataclass(slots=True)
class _Gaps:
    """Usual gaps between two steps of an agent, in seconds."""

    usual: Running = field(default_factory=lambda: Running(rate=0.05, least=1.0))
    longest: float = 0.0


class Silence:
    """Compares the time since a task's last step with its agent's usual gaps."""

    about = About(
        name="anomalies.silent-agent",
        title="Silent agent",
        sentence="An agent is at work on a task and has taken no step for much longer than usual.",
        needs=(Step, TaskMoved, WaitBegun),
        thresholds=(
            Threshold("least seconds", LEAST_S, "a tool may take that long without being stuck"),
            Threshold("spreads", SPREADS, "gaps are skewed: thinking takes its time"),
            Threshold("least steps", LEAST_STEPS, "before that nobody knows its pace"),
        ),
        cost="constant for a step; each second one comparison for a running task",
        ladder=(Response.FLAG, Response.REASSIGN, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._running: Recent[str, _Running | None] = Recent(TASKS, lambda: None)
        self._gaps: Recent[str, _Gaps] = Recent(AGENTS, _Gaps)

    def see(self, event: Event) -> Iterable[Finding]:
        """Take note of who was heard of."""
        if isinstance(event, TaskMoved):
            if event.state == "running":
                self._running.put(event.task, _Running(event, event.at, event.agent))
            else:
                self._running.drop(event.task)
        elif isinstance(event, WaitBegun):
            self._running.drop(event.task)
        elif isinstance(event, Step):
            running = self._running.find(event.task)
            if running is not None:
                gaps = self._gaps.touch(event.agent)
                gaps.usual.learn(event.at - running.heard)
                gaps.longest = max(gaps.longest * 0.99, event.at - running.heard)
                running.heard, running.agent, running.last = event.at, event.agent, event.id
                running.told = False
        return ()

    def tick(self, at: float) -> Iterable[Finding]:
        """Running tasks of which nothing was heard for too long."""
        for task, running in self._running.items():
            if running is None or running.told or at - running.heard < LEAST_S:
                continue
            gaps = self._gaps.find(running.agent)
            if gaps is None or gaps.usual.count < LEAST_STEPS:
                continue
            limit = max(LEAST_S, 2 * gaps.longest, gaps.usual.centre + SPREADS * gaps.usual.sigma)
            if at - running.heard > limit:
                running.told = True
                yield _found(at, task, running, gaps)


def _found(at: float, task: str, running: _Running, gaps: _Gaps) -> Finding:
    silent = at - running.heard
    nodes = [Node(task, "task", "under way", running.agent, running.moved.at)]
    if running.last:
        nodes.append(Node(running.last, "step", "the last step", running.agent, running.heard))
    return Finding(
        detector=Silence.about.name,
        key=task,
        severity=Severity.MEDIUM,
        confidence=0.85,
        title=f"{{0}} has taken no step for {silent:.0f} seconds; "
        f"{gaps.usual.centre:.1f} are usual.",
        at=at,
        since=running.heard,
        scope=running.moved.scope,
        goal=running.moved.goal,
        agents=(running.agent,),
        tasks=(task,),
        nodes=tuple(nodes),
        figures={"seconds": round(silent), "usual seconds": round(gaps.usual.centre, 1)},
    )
