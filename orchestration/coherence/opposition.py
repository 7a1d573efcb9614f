"""Agents against the goal: one that keeps undoing what the others of its goal do. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.coherence.contradiction import opposite, verb
from orchestration.detection.events import Event, GoalClosed, Step
from orchestration.detection.evidence import each_once, of_steps
from orchestration.detection.findings import (
    About,
    Edge,
    Finding,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

TIMES = 3
SHARE = 0.6
WINDOW_S = 900.0
SUBJECTS = 5_000
AGENTS = 5_000


@dataclass(slots=True)
class _Agent:
    writes: int = 0
    undone: deque[tuple[Step, Step]] = field(default_factory=lambda: deque(maxlen=8))
    told: bool = False


class Opposition(Quiet):
    """Counts, for each agent of a goal, how many of its writes take back those of others."""

    about = About(
        name="coherence.opposition",
        title="Against the goal",
        sentence="An agent keeps undoing what the other agents of its goal have done.",
        needs=(Step, GoalClosed),
        thresholds=(
            Threshold("times", TIMES, "once is a correction, thrice is a plan of its own"),
            Threshold("share of its writes", SHARE, "a tidy-up agent also does other work"),
            Threshold("window in seconds", WINDOW_S, "taking back what is old is ordinary work"),
        ),
        cost="constant: a look at the last write of the same subject",
        ladder=(Response.FLAG, Response.PAUSE, Response.QUARANTINE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._last: Recent[tuple[str, str], deque[Step]] = Recent(SUBJECTS, lambda: deque(maxlen=3))
        self._agents: Recent[tuple[str, str], _Agent] = Recent(AGENTS, _Agent)

    def see(self, event: Event) -> Iterable[Finding]:
        """The third time that an agent takes back others' work."""
        if not isinstance(event, Step) or event.state != "done":
            return ()
        if event.act == "board.post":
            subject = f"board:{event.target}"
        elif event.writes and event.subject:
            subject = f"{verb(event.target)[0]}:{event.subject}"
        else:
            return ()
        past = self._last.touch((event.goal, subject))
        agent = self._agents.touch((event.goal, event.agent))
        agent.writes += 1
        taken_back = _takes_back(list(past), event)
        past.append(event)
        if taken_back is not None:
            agent.undone.append((taken_back, event))
        recent = [pair for pair in agent.undone if event.at - pair[1].at <= WINDOW_S]
        if agent.told or len(recent) < TIMES or len(agent.undone) < SHARE * agent.writes:
            return ()
        if len({pair[1].subject or pair[1].target for pair in recent}) == 1:
            # a quarrel about one thing is a contradiction
            return ()
        agent.told = True
        return (_found(event, recent),)


def _takes_back(past: list[Step], step: Step) -> Step | None:
    """The write of another agent that this one takes back, if it does."""
    if not past or past[-1].agent == step.agent:
        return None
    if opposite(past[-1].target, step.target):
        return past[-1]
    returned = len(past) > 1 and past[-2].value == step.value != past[-1].value
    return past[-1] if returned and past[-2].target == step.target else None


def _found(last: Step, pairs: list[tuple[Step, Step]]) -> Finding:
    steps = [step for pair in pairs for step in pair]
    agents = each_once([last.agent, *(pair[0].agent for pair in pairs)])
    return Finding(
        detector=Opposition.about.name,
        key=f"{last.goal}:{last.agent}",
        severity=Severity.HIGH,
        confidence=0.85,
        title=f"{{0}} has taken back {len(pairs)} things that other agents of the goal did.",
        at=last.at,
        since=steps[0].at,
        scope=last.scope,
        goal=last.goal,
        agents=agents,
        tasks=each_once(pair[1].task for pair in pairs),
        nodes=of_steps(steps),
        edges=tuple(Edge(b.id, a.id, "takes back") for a, b in pairs),
        figures={"taken back": len(pairs)},
    )
