"""Contradiction: agents set the same thing to different values, or do and undo it. Pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from orchestration.detection.events import Event, Step
from orchestration.detection.evidence import each_once, in_a_row, of_steps
from orchestration.detection.findings import (
    About,
    Finding,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

APART_S = 60.0
FLIPS = 4
SUBJECTS = 5_000
READERS = 5_000

OPPOSITES = tuple(
    frozenset(pair.split("/"))
    for pair in re.findall(
        r"\S+",
        "open/close reserve/release book/cancel start/stop enable/disable raise/lower"
        " increase/decrease buy/sell approve/reject lock/unlock add/remove create/delete"
        " grant/revoke publish/withdraw pause/resume allow/block accept/refuse",
    )
)
"""Verbs of tools that take back what the other does."""


def verb(target: str) -> tuple[str, str]:
    """A tool's name without its verb, and the verb: `crane.reserve` is `crane` and `reserve`."""
    family, _, last = target.rpartition(".")
    return family, last.partition("_")[0]


def opposite(one: str, other: str) -> bool:
    """Whether two tools of one family take back what the other does."""
    (family, first), (second_family, second) = verb(one), verb(other)
    return family == second_family and frozenset({first, second}) in OPPOSITES


class Contradiction(Quiet):
    """Compares what different agents did to one subject, unless the later one had looked."""

    about = About(
        name="coherence.contradiction",
        title="Contradiction",
        sentence="Agents set the same thing to different values, or one undoes what another does, "
        "without having looked.",
        needs=(Step,),
        thresholds=(
            Threshold("seconds apart", APART_S, "later changes are more often news than quarrel"),
            Threshold("flips", FLIPS, "a value that came back twice is fought over"),
        ),
        cost="constant: a look at the last four writes of the same subject",
        ladder=(Response.FLAG, Response.PAUSE, Response.REPLAN, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._writes: Recent[tuple[str, str], deque[Step]] = Recent(
            SUBJECTS, lambda: deque(maxlen=FLIPS)
        )
        self._read: Recent[tuple[str, str, str], float] = Recent(READERS, float)

    def see(self, event: Event) -> Iterable[Finding]:
        """Two writes that contradict each other, or a value that goes back and forth."""
        if not isinstance(event, Step) or event.state != "done":
            return ()
        if event.act == "board.read":
            self._read.put((event.goal, event.agent, event.target), event.at)
            return ()
        if event.act == "board.post":
            return self._write(event, f"board:{event.target}")
        if event.act == "tool.call" and event.writes and event.subject:
            return self._write(event, f"{verb(event.target)[0]}:{event.subject}")
        return ()

    def _write(self, step: Step, subject: str) -> Iterable[Finding]:
        writes = self._writes.touch((step.goal, subject))
        before = writes[-1] if writes else None
        writes.append(step)
        if before is None or before.agent == step.agent or before.task == step.task:
            return ()
        flips = _flips(list(writes))
        if not flips and not self._clash(before, step):
            return ()
        found = _found(subject, list(writes) if flips else [before, step], flips=flips)
        writes.clear()
        return (found,)

    def _clash(self, before: Step, step: Step) -> bool:
        if step.at - before.at > APART_S or self._has_looked(before, step):
            return False
        if step.act == "board.post":
            return before.value != step.value and not step.expects
        same_tool = before.target == step.target
        return (same_tool and before.value != step.value) or opposite(before.target, step.target)

    def _has_looked(self, before: Step, step: Step) -> bool:
        looked = self._read.find((step.goal, step.agent, step.target))
        return looked is not None and looked >= before.at


def _flips(writes: list[Step]) -> bool:
    """Whether two values by two agents alternate in the last four writes."""
    if len(writes) < FLIPS:
        return False
    a, b, c, d = writes[-FLIPS:]
    return (
        a.value == c.value != b.value == d.value
        and a.agent == c.agent != b.agent == d.agent
        and a.target == b.target
    )


def _found(subject: str, steps: list[Step], *, flips: bool) -> Finding:
    last = steps[-1]
    nodes = of_steps(steps)
    edges = in_a_row(nodes, "contradicts")
    agents = each_once(one.agent for one in steps)
    how = "in turn" if flips else "differently"
    both = f"set {last.target} {how}"
    if steps[0].target != last.target:
        both = f"do opposite things: {steps[0].target} and {last.target}"
    return Finding(
        detector=Contradiction.about.name,
        key=f"{last.goal}:{subject}",
        severity=Severity.HIGH if last.effect != "internal" else Severity.MEDIUM,
        confidence=0.95 if flips else 0.85,
        title=f"{{0}} and {{1}} {both}.",
        at=last.at,
        since=steps[0].at,
        scope=last.scope,
        goal=last.goal,
        agents=agents,
        tasks=each_once(one.task for one in steps),
        nodes=nodes,
        edges=edges,
        figures={"writes": len(steps), "seconds apart": round(last.at - steps[0].at, 1)},
    )
