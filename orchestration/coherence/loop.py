"""Loops: an agent makes the same call, or the same cycle of calls, and learns nothing new. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import Event, Step, TaskMoved
from orchestration.detection.evidence import in_a_row, of_steps
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

SAME = 4
CYCLES = 3
LONGEST_CYCLE = 6
BLIND = 12
KEPT = CYCLES * LONGEST_CYCLE
TASKS = 5_000

PROGRESS_BY_ITSELF = frozenset({"journal.value", "message.read"})
"""Acts that are never part of a loop: what they return is the agent's own clock or letter box."""


@dataclass(slots=True)
class _Way:
    """The last steps of a task, and how long the loop was when it was last told."""

    steps: deque[tuple[str, Step]] = field(default_factory=lambda: deque(maxlen=KEPT))
    same: int = 0
    told: int = 0
    cycle: int = 0
    round: int = 0


def signature(step: Step) -> str:
    """What makes two steps the same: the call, and for calls that learn something its outcome.

    The outcome of a post, a message or a question is a number of ours that always differs.
    """
    learns = step.act in {"tool.call", "board.read"} or step.state == "denied"
    return f"{step.call}/{step.outcome}" if learns else step.call


def period(marks: list[str]) -> tuple[int, int]:
    """The shortest cycle that the end of a list repeats often enough, and how often; else 0, 0."""
    for length in range(1, LONGEST_CYCLE + 1):
        times = _repeats(marks, length)
        if times >= (SAME if length == 1 else CYCLES):
            return length, times
    return 0, 0


def _repeats(marks: list[str], length: int) -> int:
    """How often the last `length` marks stand one after the other at the end."""
    last, times = marks[-length:], 1
    if len(last) < length:
        return 0
    while marks[-length * (times + 1) : -length * times] == last:
        times += 1
    return times


class Loop(Quiet):
    """Watches each task on its own, by generation."""

    about = About(
        name="coherence.loop",
        title="Loop",
        sentence="An agent repeats one call, or a cycle of calls, and nothing new comes of it.",
        needs=(Step, TaskMoved),
        thresholds=(
            Threshold("same", SAME, "three tries are a usual retry; the fourth learns nothing"),
            Threshold("cycles", CYCLES, "twice may be chance or a check afterwards, thrice is not"),
            Threshold(
                "longest cycle", LONGEST_CYCLE, "three rounds of longer ones cost more than a stall"
            ),
            Threshold(
                "blind",
                BLIND,
                "calls that change the world alike so often are a loop whatever they return",
            ),
        ),
        cost="constant: at most six comparisons of the last 18 steps of the task",
        ladder=(Response.FLAG, Response.DAMP, Response.PAUSE, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._ways: Recent[str, _Way] = Recent(TASKS, _Way)

    def see(self, event: Event) -> Iterable[Finding]:
        """A loop, when this step closes it and whenever it has doubled since."""
        if isinstance(event, TaskMoved):
            way = self._ways.find(event.task)
            if event.reason == "looping" and way is not None and way.steps:
                return (_stopped(event, [step for _, step in way.steps][-SAME:]),)
            if event.state in {"done", "failed", "cancelled", "retried"}:
                self._ways.drop(event.task)
            return ()
        if not isinstance(event, Step) or event.act in PROGRESS_BY_ITSELF or event.state == "held":
            return ()
        way = self._ways.touch(event.task)
        repeated = bool(way.steps) and way.steps[-1][1].call == event.call
        way.same = way.same + 1 if repeated else 1
        way.steps.append((signature(event), event))
        length, times = period([mark for mark, _ in way.steps])
        blind = not length and event.effect in {"write", "irreversible"} and way.same >= BLIND
        if blind:
            length, times = 1, way.same
        if not length:
            way.told = way.round = 0
            return ()
        # the window holds 18 steps, so beyond it the count goes on by itself
        way.round = way.round + 1 if way.cycle == length and way.round else times * length
        way.cycle = length
        if way.round < 2 * way.told:
            return ()
        way.told = way.round
        return (_found(event, [s for _, s in way.steps][-length * min(times, 4) :], way, blind),)


def _found(last: Step, steps: list[Step], way: _Way, blind: bool) -> Finding:
    times = way.round // way.cycle
    called = " and ".join(list(dict.fromkeys(s.target for s in steps[-way.cycle :]))[:3])
    nodes = of_steps(steps)
    repeats = zip(steps, steps[way.cycle :], strict=False)
    edges = tuple(Edge(a.id, b.id, "repeats") for a, b in repeats)
    return Finding(
        detector=Loop.about.name,
        key=f"{last.task}:{'/'.join(sorted({s.call[:16] for s in steps}))}",
        severity=Severity.HIGH if times >= 3 * SAME or last.writes else Severity.MEDIUM,
        confidence=0.7 if blind else 0.98,
        title=f"{{0}} repeats {called} {times} times and nothing new comes of it.",
        at=last.at,
        since=steps[0].at,
        scope=last.scope,
        goal=last.goal,
        agents=(last.agent,),
        tasks=(last.task,),
        nodes=nodes,
        edges=edges,
        figures={"times": times, "calls in the cycle": way.cycle, "cost": _cost(steps)},
    )


def _stopped(event: TaskMoved, steps: list[Step]) -> Finding:
    """The loop that was stopped before it could be seen: its last call was refused twice."""
    last = steps[-1]
    return Finding(
        detector=Loop.about.name,
        key=f"{last.task}:{last.call[:16]}",
        severity=Severity.MEDIUM,
        confidence=1.0,
        title=f"{{0}} went on in a loop with {last.target} when told so; its task is parked.",
        at=event.at,
        since=steps[0].at,
        scope=last.scope,
        goal=last.goal,
        agents=(last.agent,),
        tasks=(last.task,),
        nodes=of_steps(steps),
        edges=in_a_row(steps, "repeats"),
        figures={"calls": len(steps), "cost": _cost(steps)},
    )


def _cost(steps: list[Step]) -> int:
    return sum(step.cost_minor for step in steps)
