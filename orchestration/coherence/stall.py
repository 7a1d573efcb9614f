"""Stall and livelock: a goal on which nothing moves, or much moves and nothing is new. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import (
    ApprovalOpened,
    Event,
    GoalClosed,
    GoalOpened,
    Step,
    TaskMoved,
    WaitBegun,
    WaitEnded,
)
from orchestration.detection.evidence import each_once, in_a_row, of_steps
from orchestration.detection.findings import (
    About,
    Finding,
    Node,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

WINDOW = 48
NEW = 0.15
STILL_S = 300.0
GOALS = 5_000
SHOWN = 8


@dataclass(slots=True)
class _Goal:
    """What a goal did last; `seen` holds marks of the steps before the window."""

    opened: Event
    moved: float
    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=WINDOW))
    seen: Recent[str, bool] = field(default_factory=lambda: Recent(4 * WINDOW, bool))
    fresh: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    waits: set[str] = field(default_factory=set)
    told: bool = False


class Stall:
    """Watches whether each running goal gets anywhere."""

    about = About(
        name="coherence.stall",
        title="Stall",
        sentence="A goal runs and nothing moves, or its agents are busy and nothing new comes of "
        "it.",
        needs=(GoalOpened, GoalClosed, Step, TaskMoved, WaitBegun, WaitEnded, ApprovalOpened),
        thresholds=(
            Threshold("window", WINDOW, "steps of several agents; a loop of one is told earlier"),
            Threshold("share that is new", NEW, "polling with results stays well above it"),
            Threshold("still for seconds", STILL_S, "longer than any tool may take by default"),
        ),
        cost="constant for a step; each second one comparison for a running goal",
        ladder=(Response.FLAG, Response.REPLAN, Response.PAUSE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._goals: dict[str, _Goal] = {}

    def see(self, event: Event) -> Iterable[Finding]:
        """Many steps of which nearly none is new."""
        if isinstance(event, GoalClosed):
            self._goals.pop(event.goal, None)
            return ()
        goal = self._goal(event)
        if isinstance(event, WaitBegun) and event.what in {"approval", "halt", "timer"}:
            goal.waits.add(event.task)
        elif isinstance(event, WaitEnded):
            goal.waits.discard(event.task)
        elif isinstance(event, TaskMoved):
            goal.waits.discard(event.task)
            if event.state == "done":
                goal.steps.clear()
                goal.fresh.clear()
                goal.told = False
        goal.moved = event.at
        return self._step(goal, event) if isinstance(event, Step) else ()

    def _goal(self, event: Event) -> _Goal:
        goal = self._goals.get(event.goal)
        if goal is None:
            goal = self._goals[event.goal] = _Goal(event, event.at)
            if len(self._goals) > GOALS:
                self._goals.pop(next(iter(self._goals)))
        return goal

    def _step(self, goal: _Goal, step: Step) -> Iterable[Finding]:
        mark = f"{step.call}/{step.outcome if step.act == 'tool.call' else ''}"
        goal.fresh.append(mark not in goal.seen)
        goal.seen.touch(mark)
        goal.steps.append(step)
        if len(goal.fresh) < WINDOW or goal.told:
            return ()
        share = sum(goal.fresh) / WINDOW
        agents = each_once(one.agent for one in goal.steps)
        if share > NEW or len(agents) == 1:
            return ()
        goal.told = True
        return (_livelock(step, goal, agents, share),)

    def tick(self, at: float) -> Iterable[Finding]:
        """A running goal that has stood still, though it waits for nobody."""
        for key, goal in self._goals.items():
            if goal.waits or goal.told or at - goal.moved <= STILL_S:
                continue
            goal.told = True
            yield Finding(
                detector=self.about.name,
                key=f"{key}:still",
                severity=Severity.MEDIUM,
                confidence=0.85,
                title=f"Nothing has moved for {STILL_S / 60:.0f} minutes, and nobody is asked.",
                at=at,
                since=goal.moved,
                scope=goal.opened.scope,
                goal=key,
                nodes=(Node(key, "goal", "the goal", "", goal.moved),),
                figures={"seconds": round(at - goal.moved)},
            )


def _livelock(step: Step, goal: _Goal, agents: tuple[str, ...], share: float) -> Finding:
    shown = list(goal.steps)[-SHOWN:]
    return Finding(
        detector=Stall.about.name,
        key=f"{step.goal}:livelock",
        severity=Severity.HIGH,
        confidence=0.9,
        title=f"{len(agents)} agents took {WINDOW} steps and only {share:.0%} of them were new.",
        at=step.at,
        since=goal.steps[0].at,
        scope=step.scope,
        goal=step.goal,
        agents=agents[:8],
        tasks=each_once(one.task for one in shown),
        nodes=of_steps(shown),
        edges=in_a_row(shown),
        figures={"steps": WINDOW, "share new": round(share, 3)},
    )
