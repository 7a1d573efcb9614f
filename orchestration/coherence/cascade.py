"""Cascades: work or messages that beget more of their kind, faster than they are done. Pure.

The branching ratio is the mean number of children; above 1 a branching process grows without end
(Harris, "The Theory of Branching Processes", 1963).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from orchestration.detection.events import Event, GoalClosed, Step, TaskAdded
from orchestration.detection.evidence import each_once, in_a_row, of_steps
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

BUCKET_S = 2.0
GENERATIONS = 3
LEAST_CHILDREN = 8
RATIO = 1.5
FAN_OUT = 40
FAN_OUT_S = 10.0
GROWTH = 3
LEAST_LETTERS = 30
STORM = 200
GOALS = 2_000
SENDERS = 20_000
SHOWN = 12
REST_S = 60.0


@dataclass(slots=True)
class _Goal:
    """Tasks by depth, letters by bucket, and what was told of them."""

    depths: dict[int, int] = field(default_factory=dict)
    samples: dict[int, list[TaskAdded]] = field(default_factory=dict)
    told_depth: int = 0
    bucket: float = 0.0
    letters: int = 0
    buckets: deque[int] = field(default_factory=lambda: deque(maxlen=GROWTH + 1))
    last: deque[Step] = field(default_factory=lambda: deque(maxlen=SHOWN))
    told_letters: float = -1e18


class Cascade(Quiet):
    """Watches depth, fan-out and the growth of traffic in each goal."""

    about = About(
        name="coherence.cascade",
        title="Cascade",
        sentence="Tasks or messages beget more and more of their kind, or one agent floods others.",
        needs=(TaskAdded, Step, GoalClosed),
        thresholds=(
            Threshold("branching ratio", RATIO, "above 1 it grows; half more is no chance"),
            Threshold("generations", GENERATIONS, "a plan of plans is deep by two"),
            Threshold("least children", LEAST_CHILDREN, "smaller growth is an ordinary plan"),
            Threshold("fan-out in 10 s", FAN_OUT, "more different recipients than a team has"),
            Threshold("growing buckets", GROWTH, "three in a row, each half more than before"),
            Threshold("least letters in 2 s", LEAST_LETTERS, "growth from little is no flood"),
            Threshold("storm in 2 s", STORM, "a hundred a second in one goal serve nobody"),
        ),
        cost="constant: one counter by depth, one by bucket of two seconds",
        ladder=(Response.FLAG, Response.DAMP, Response.PAUSE, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._goals: Recent[str, _Goal] = Recent(GOALS, _Goal)
        self._sent: Recent[str, deque[Step]] = Recent(SENDERS, lambda: deque(maxlen=2 * FAN_OUT))
        self._told: Recent[str, float] = Recent(SENDERS, lambda: -1e18)

    def see(self, event: Event) -> Iterable[Finding]:
        """A generation that outgrows the last ones, a flood, or a fan-out."""
        if isinstance(event, GoalClosed):
            self._goals.drop(event.goal)
        elif isinstance(event, TaskAdded):
            return self._child(event)
        elif isinstance(event, Step) and event.act == "message.send":
            return (*self._letter(event), *self._fan(event))
        return ()

    def _child(self, task: TaskAdded) -> Iterable[Finding]:
        goal = self._goals.touch(task.goal)
        count = goal.depths[task.depth] = goal.depths.get(task.depth, 0) + 1
        if count <= SHOWN:
            goal.samples.setdefault(task.depth, []).append(task)
        depth = task.depth
        if depth < GENERATIONS or depth <= goal.told_depth or count < LEAST_CHILDREN:
            return ()
        sizes = [goal.depths.get(depth - back, 0) for back in range(GENERATIONS, -1, -1)]
        grows = all(b >= RATIO * max(a, 1) for a, b in pairwise(sizes[1:]))
        if not grows:
            return ()
        goal.told_depth = depth
        return (_of_tasks(task, goal, sizes),)

    def _letter(self, step: Step) -> Iterable[Finding]:
        goal = self._goals.touch(step.goal)
        goal.last.append(step)
        bucket = step.at // BUCKET_S
        if bucket != goal.bucket:
            goal.buckets.append(goal.letters if bucket == goal.bucket + 1 else 0)
            goal.bucket, goal.letters = bucket, 0
        goal.letters += 1
        before = list(goal.buckets)[-GROWTH:]
        sizes = [*before, goal.letters]
        grown = len(sizes) == GROWTH + 1 and all(
            a > 0 and b >= RATIO * a for a, b in pairwise(sizes)
        )
        flood = goal.letters >= STORM or (grown and goal.letters >= LEAST_LETTERS)
        if not flood or step.at - goal.told_letters < REST_S:
            return ()
        goal.told_letters = step.at
        return (_of_letters(step, list(goal.last), sizes),)

    def _fan(self, step: Step) -> Iterable[Finding]:
        sent = self._sent.touch(step.agent)
        sent.append(step)
        while step.at - sent[0].at > FAN_OUT_S:
            sent.popleft()
        if len(sent) < FAN_OUT or step.at - (self._told.find(step.agent) or -1e18) < REST_S:
            return ()
        reached = {one.target for one in sent}
        if len(reached) < FAN_OUT:
            return ()
        self._told.put(step.agent, step.at)
        return (_of_fan(step, list(sent)[-SHOWN:], len(reached)),)


def _of_tasks(task: TaskAdded, goal: _Goal, sizes: list[int]) -> Finding:
    shown = [one for depth in sorted(goal.samples) for one in goal.samples[depth][:4]]
    known = {one.task for one in shown}
    agents = each_once(one.agent for one in shown if one.agent)
    ratio = sizes[-1] / max(sizes[-2], 1)
    return Finding(
        detector=Cascade.about.name,
        key=f"{task.goal}:tasks",
        severity=Severity.HIGH,
        confidence=min(0.99, 0.8 + ratio / 20),
        title=f"Each generation of tasks begets {ratio:.1f} times as many; "
        f"the newest counts {sizes[-1]} so far.",
        at=task.at,
        since=min(one.at for one in shown),
        scope=task.scope,
        goal=task.goal,
        agents=agents,
        tasks=tuple(one.task for one in shown),
        nodes=tuple(Node(t.task, "task", t.title, t.agent, t.at) for t in shown),
        edges=tuple(Edge(t.parent, t.task, "begets") for t in shown if t.parent in known),
        figures={"branching ratio": round(ratio, 2), "tasks in the generation": sizes[-1]},
    )


def _of_letters(step: Step, shown: list[Step], sizes: list[int]) -> Finding:
    rate = sizes[-1] / BUCKET_S
    return Finding(
        detector=Cascade.about.name,
        key=f"{step.goal}:messages",
        severity=Severity.HIGH,
        confidence=0.95,
        title=f"Messages of one goal multiply: {rate:.0f} a second and growing.",
        at=step.at,
        since=shown[0].at,
        scope=step.scope,
        goal=step.goal,
        agents=each_once(one.agent for one in shown),
        tasks=each_once(one.task for one in shown),
        nodes=of_steps(shown),
        edges=in_a_row(shown),
        figures={"messages a second": rate, "two seconds before": sizes[-2] if sizes[1:] else 0},
    )


def _of_fan(step: Step, shown: list[Step], reached: int) -> Finding:
    return Finding(
        detector=Cascade.about.name,
        key=f"{step.goal}:{step.agent}:fan-out",
        severity=Severity.MEDIUM,
        confidence=0.9,
        title=f"{{0}} wrote to {reached} others within {FAN_OUT_S:.0f} seconds.",
        at=step.at,
        since=shown[0].at,
        scope=step.scope,
        goal=step.goal,
        agents=(step.agent,),
        tasks=(step.task,),
        nodes=of_steps(shown),
        edges=tuple(Edge(shown[0].id, s.id, "and") for s in shown[1:]),
        figures={"recipients": reached},
    )
