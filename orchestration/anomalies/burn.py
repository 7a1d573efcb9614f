"""Budget run-away: at the present rate a goal's budget is used up long before its work. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import Event, GoalClosed, GoalOpened, Step, TaskAdded, TaskMoved
from orchestration.detection.findings import (
    About,
    Finding,
    Node,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

HORIZON_S = 300.0
TIMES = 3.0
LEAST_USED = 0.25
AHEAD = 0.25
LATELY_S = 30.0
GOALS = 5_000
MOST_AGENTS = 64
SOON_S = 60.0
ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(slots=True)
class _Goal:
    opened: GoalOpened
    caps: dict[str, int]
    used: dict[str, int] = field(default_factory=dict)
    lately: deque[tuple[float, dict[str, int]]] = field(default_factory=deque)
    live: int = 0
    ended: int = 0
    told: set[str] = field(default_factory=set)
    agents: dict[str, int] = field(default_factory=dict)
    checked: float = 0.0


class BudgetBurn:
    """Forecasts, for each goal with a cap, when the cap is reached."""

    about = About(
        name="anomalies.budget-runaway",
        title="Budget run-away",
        sentence="At the rate of the last half minute a goal's budget is used up within five "
        "minutes, long before its work is done.",
        needs=(GoalOpened, GoalClosed, Step, TaskAdded, TaskMoved),
        thresholds=(
            Threshold("horizon in seconds", HORIZON_S, "time enough for a person to come"),
            Threshold("times the rate so far", TIMES, "a run-away is faster than the goal was"),
            Threshold("least used", LEAST_USED, "before a quarter is used rates say little"),
            Threshold("ahead of the work", AHEAD, "money may run a quarter ahead of tasks done"),
        ),
        cost="constant for a step; one forecast a second for each goal that has a cap",
        ladder=(Response.FLAG, Response.DAMP, Response.PAUSE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._goals: Recent[str, _Goal | None] = Recent(GOALS, lambda: None)

    def see(self, event: Event) -> Iterable[Finding]:
        """Count; the forecast is made each second."""
        if isinstance(event, GoalOpened):
            if event.caps:
                self._goals.put(event.goal, _Goal(event, dict(event.caps)))
            return ()
        goal = self._goals.find(event.goal)
        if goal is None:
            return ()
        if isinstance(event, GoalClosed):
            self._goals.drop(event.goal)
        elif isinstance(event, TaskAdded):
            goal.live += 1
        elif isinstance(event, TaskMoved) and event.state in ENDED:
            goal.live, goal.ended = goal.live - 1, goal.ended + 1
        elif isinstance(event, Step):
            _spend(goal, event)
        return ()

    def tick(self, at: float) -> Iterable[Finding]:
        """Warn of goals whose budget will not do."""
        for key, goal in self._goals.items():
            if goal is None or not goal.lately:
                continue
            while goal.lately and at - goal.lately[0][0] > LATELY_S:
                goal.lately.popleft()
            for measure, cap in goal.caps.items():
                left = _forecast(goal, measure, cap, at)
                if left is not None:
                    goal.told.add(measure)
                    yield _found(key, goal, measure, at, left)


def _spend(goal: _Goal, step: Step) -> None:
    spent = {"steps": 1, "money": step.cost_minor}
    second = int(step.at)
    if not goal.lately or int(goal.lately[-1][0]) != second:
        goal.lately.append((step.at, {}))
    for measure, amount in spent.items():
        goal.used[measure] = goal.used.get(measure, 0) + amount
        goal.lately[-1][1][measure] = goal.lately[-1][1].get(measure, 0) + amount
    if len(goal.agents) < MOST_AGENTS or step.agent in goal.agents:
        goal.agents[step.agent] = goal.agents.get(step.agent, 0) + 1 + step.cost_minor


def _forecast(goal: _Goal, measure: str, cap: int, at: float) -> float | None:
    """Seconds until the cap, if that is to be told."""
    used = goal.used.get(measure, 0)
    if measure in goal.told or used < LEAST_USED * cap or used >= cap:
        return None
    lately = sum(part.get(measure, 0) for _, part in goal.lately)
    since = max(at - goal.opened.at - LATELY_S, LATELY_S)
    usual = max(used - lately, 0) / since
    rate = lately / LATELY_S
    done = goal.ended / max(goal.live + goal.ended, 1)
    ahead = used / cap - done > AHEAD
    if rate <= 0 or not ahead or rate < TIMES * usual or goal.live <= 0:
        return None
    left = (cap - used) / rate
    return left if left <= HORIZON_S else None


def _found(key: str, goal: _Goal, measure: str, at: float, left: float) -> Finding:
    agents = sorted(goal.agents, key=lambda agent: -goal.agents[agent])[:3]
    used, cap = goal.used[measure], goal.caps[measure]
    return Finding(
        detector=BudgetBurn.about.name,
        key=f"{key}:{measure}",
        severity=Severity.HIGH if left < SOON_S else Severity.MEDIUM,
        confidence=0.85,
        title=f"At this rate the goal's {measure} run out in {left:.0f} seconds: "
        f"{used / cap:.0%} are used, {goal.live} tasks are not done.",
        at=at,
        since=goal.lately[0][0],
        scope=goal.opened.scope,
        goal=key,
        agents=tuple(agents),
        nodes=(Node(key, "goal", "the goal", "", goal.opened.at),),
        figures={"used": used, "cap": cap, "seconds left": round(left)},
    )
