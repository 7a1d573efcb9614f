"""Goal drift: an agent's work has less and less to do with its goal; criteria nobody serves. Pure.

Likeness is the share of an action's words that belong to the goal's vocabulary: the words of its
objective and criteria, and those of the plan that its planner made. An agent is compared with its
own past in this goal and with what the goal's agents do as a rule, so that odd names alone are no
drift.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import Event, GoalClosed, GoalOpened, Step, TaskAdded
from orchestration.detection.evidence import each_once, in_a_row, of_steps
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

WINDOW = 8
FAR = 0.08
USUAL = 0.35
LEAST_WORDS = 3
GOALS = 2_000
MOST_WORDS = 4_000


@dataclass(slots=True)
class _Goal:
    words: set[str] = field(default_factory=set)
    mean: float = 0.0
    count: int = 0
    criteria: tuple[frozenset[str], ...] = ()
    served: set[int] = field(default_factory=set)
    agents: dict[str, deque[tuple[float, Step]]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


class Drift(Quiet):
    """Keeps a vocabulary for each goal and a short past for each agent in it."""

    about = About(
        name="coherence.goal-drift",
        title="Goal drift",
        sentence="What an agent does has nothing to do with its goal any more, or no task serves "
        "one of the goal's criteria.",
        needs=(GoalOpened, GoalClosed, TaskAdded, Step),
        thresholds=(
            Threshold("window", WINDOW, "one strange call is a side way, eight are another goal"),
            Threshold("far", FAR, "less than one word in twelve belongs to the goal"),
            Threshold("usual", USUAL, "only where the goal's agents as a rule speak its language"),
        ),
        cost="the words of one call",
        ladder=(Response.FLAG, Response.PAUSE, Response.REPLAN, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._goals: Recent[str, _Goal] = Recent(GOALS, _Goal)

    def see(self, event: Event) -> Iterable[Finding]:
        """An agent whose last calls are all far from the goal."""
        goal = self._goals.touch(event.goal)
        if isinstance(event, GoalOpened):
            goal.words |= event.words.union(*event.criteria)
            goal.criteria = event.criteria
        elif isinstance(event, TaskAdded):
            self._task(goal, event)
        elif isinstance(event, GoalClosed):
            self._goals.drop(event.goal)
            return _unserved(event, goal) if event.state == "completed" else ()
        elif isinstance(event, Step) and event.act in {"tool.call", "task.ask", "board.post"}:
            return self._step(goal, event)
        return ()

    def _task(self, goal: _Goal, task: TaskAdded) -> None:
        for number, words in enumerate(goal.criteria):
            if words & task.words:
                goal.served.add(number)
        # what the planner plans belongs to the goal; what agents ask of each other need not
        if task.purpose == "work" and task.depth == 0 and len(goal.words) < MOST_WORDS:
            goal.words |= task.words

    def _step(self, goal: _Goal, step: Step) -> Iterable[Finding]:
        if len(step.words) < LEAST_WORDS or not goal.words:
            return ()
        near = len(step.words & goal.words) / len(step.words)
        goal.count += 1
        goal.mean += (near - goal.mean) / min(goal.count, 500)
        past = goal.agents.setdefault(step.agent, deque(maxlen=WINDOW))
        past.append((near, step))
        drifted = len(past) == WINDOW and max(share for share, _ in past) < FAR
        if not drifted or goal.mean < USUAL or goal.count < 4 * WINDOW or step.agent in goal.told:
            return ()
        goal.told.add(step.agent)
        return (_drifted(step, [one for _, one in past], goal.mean),)


def _drifted(last: Step, steps: list[Step], usual: float) -> Finding:
    return Finding(
        detector=Drift.about.name,
        key=f"{last.goal}:{last.agent}",
        severity=Severity.MEDIUM,
        confidence=0.8,
        title=f"The last {len(steps)} calls of {{0}} have nothing to do with the goal.",
        at=last.at,
        since=steps[0].at,
        scope=last.scope,
        goal=last.goal,
        agents=(last.agent,),
        tasks=each_once(one.task for one in steps),
        nodes=of_steps(steps),
        edges=in_a_row(steps),
        figures={"calls": len(steps), "usual share of the goal's words": round(usual, 2)},
    )


def _unserved(event: GoalClosed, goal: _Goal) -> Iterable[Finding]:
    left = [n for n, words in enumerate(goal.criteria) if words and n not in goal.served]
    if not left or not goal.served:
        return ()
    named = ", ".join(" ".join(sorted(goal.criteria[n])[:5]) for n in left[:3])
    found = Finding(
        detector=Drift.about.name,
        key=f"{event.goal}:criteria",
        severity=Severity.LOW,
        confidence=0.6,
        title=f"The goal was completed, but no task named what a criterion is about: {named}.",
        at=event.at,
        since=event.at,
        scope=event.scope,
        goal=event.goal,
        nodes=(Node(event.goal, "goal", "the goal", "", event.at),),
        figures={"criteria without a task": len(left)},
    )
    return (found,)
