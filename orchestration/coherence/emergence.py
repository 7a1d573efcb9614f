"""Useful emergence: a way of doing one kind of task that outcomes show to be better. Pure.

The ways are compared by the probability that one succeeds more often than the rest, from Beta
posteriors with uniform priors (normal approximation), and by cost where success is equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import Event, Step, TaskAdded, TaskMoved
from orchestration.detection.evidence import each_once, in_a_row
from orchestration.detection.findings import (
    About,
    Finding,
    Node,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

LEAST_RUNS = 12
SURE = 0.975
GAIN = 0.1
KINDS = 1_000
WAYS = 12
TASKS = 5_000
LONGEST_WAY = 12


@dataclass(slots=True)
class _Way:
    runs: int = 0
    good: int = 0
    samples: list[TaskMoved] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return (self.good + 1) / (self.runs + 2)

    @property
    def variance(self) -> float:
        return self.rate * (1 - self.rate) / (self.runs + 3)


@dataclass(slots=True)
class _Kind:
    ways: Recent[tuple[str, ...], _Way] = field(default_factory=lambda: Recent(WAYS, _Way))
    told: set[tuple[str, ...]] = field(default_factory=set)


@dataclass(slots=True)
class _Task:
    capability: str = ""
    tools: list[str] = field(default_factory=list)


def surely_better(one: _Way, other: _Way) -> float:
    """The probability that the first way succeeds more often than the second."""
    spread = math.sqrt(one.variance + other.variance)
    return 0.5 * math.erfc((other.rate - one.rate) / (spread * math.sqrt(2)))


class Emergence(Quiet):
    """Remembers, for each capability, which tools were used in which order and how it ended."""

    about = About(
        name="coherence.emergence",
        title="Better way found",
        sentence="One way of doing a kind of task succeeds more often than the others: worth "
        "proposing as a change.",
        needs=(TaskAdded, TaskMoved, Step),
        thresholds=(
            Threshold("least runs", LEAST_RUNS, "of each way, before they are compared at all"),
            Threshold("sure", SURE, "one false proposal in forty is what people bear"),
            Threshold("gain", GAIN, "less than a tenth more successes is not worth a change"),
        ),
        cost="constant: comparing at most twelve ways when a task ends",
        ladder=(Response.FLAG,),
        exact=False,
    )

    def __init__(self) -> None:
        self._tasks: Recent[str, _Task] = Recent(TASKS, _Task)
        self._kinds: Recent[str, _Kind] = Recent(KINDS, _Kind)

    def see(self, event: Event) -> Iterable[Finding]:
        """A way that is surely better, when the task that shows it ends."""
        if isinstance(event, TaskAdded):
            if event.purpose == "work":
                self._tasks.touch(event.task).capability = event.capability
        elif isinstance(event, Step):
            task = self._tasks.find(event.task)
            if task is not None and event.act == "tool.call":
                _go_on(task.tools, event.target)
        elif isinstance(event, TaskMoved) and event.state in {"done", "failed"}:
            return self._ended(event)
        return ()

    def _ended(self, event: TaskMoved) -> Iterable[Finding]:
        task = self._tasks.drop(event.task)
        if task is None or not task.tools:
            return ()
        kind = self._kinds.touch(task.capability)
        name = tuple(task.tools)
        way = kind.ways.touch(name)
        way.runs += 1
        way.good += event.state == "done"
        way.samples = [*way.samples[-5:], event]
        rest = [one for other, one in kind.ways.items() if other != name]
        others = [one for one in rest if one.runs >= LEAST_RUNS]
        if name in kind.told or way.runs < LEAST_RUNS or not others:
            return ()
        best = max(others, key=lambda one: one.rate)
        if way.rate < best.rate + GAIN or surely_better(way, best) < SURE:
            return ()
        kind.told.add(name)
        return (_found(event, task, way, best),)


def _go_on(tools: list[str], tool: str) -> None:
    if len(tools) < LONGEST_WAY and tools[-1:] != [tool]:
        tools.append(tool)


def _found(event: TaskMoved, task: _Task, way: _Way, best: _Way) -> Finding:
    shown = way.samples
    nodes = tuple(Node(one.task, "task", one.state, one.agent, one.at) for one in shown)
    return Finding(
        detector=Emergence.about.name,
        key=f"{task.capability}:{'>'.join(task.tools)}",
        severity=Severity.NOTICE,
        confidence=round(surely_better(way, best), 3),
        title=f"For {task.capability}, the way {', then '.join(task.tools)} succeeds in "
        f"{way.good} of {way.runs} tasks; the next best in {best.good} of {best.runs}.",
        at=event.at,
        since=shown[0].at,
        scope=event.scope,
        agents=each_once(one.agent for one in shown if one.agent),
        tasks=tuple(one.task for one in shown),
        nodes=nodes,
        edges=in_a_row(nodes, "same way"),
        figures={"succeeded": way.good, "tried": way.runs, "next best": round(best.rate, 2)},
    )
