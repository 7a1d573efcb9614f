"""Bursts: many denials of one agent, or many requests for approval at once. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import ApprovalOpened, Event, Step
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

WINDOW_S = 60.0
DENIED = 5
AMONG = 9
OF_A_TASK = 6
SPREADS = 5.0
USUAL = 0.04
FLOOD = 30
TIMES_USUAL = 4.0
REST_S = 120.0
AGENTS = 20_000
SHOWN = 8
LONGEST_MINUTES = 60
LONG = 1_000
"""Steps over which the usual share of denials is taken."""


@dataclass(slots=True)
class _Past:
    """Steps of an agent in the last minute, and its usual share of denials before that."""

    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=400))
    usual: float = 0.0
    count: int = 0
    told: float = -1e18

    def take(self, step: Step) -> None:
        """Add a step; those that leave the minute become part of what is usual."""
        self.steps.append(step)
        while step.at - self.steps[0].at > WINDOW_S:
            left = self.steps.popleft().decision == "deny"
            self.count += 1
            self.usual += (left - self.usual) / min(self.count, LONG)

    def expected(self) -> float:
        """How many denials a minute with so many steps has, as a rule."""
        return max(self.usual, USUAL) * len(self.steps)


class Denials(Quiet):
    """Counts the denials of each agent in the last minute, and of each task in its last steps."""

    about = About(
        name="anomalies.denial-burst",
        title="Denials in a burst",
        sentence="Policies deny one agent again and again: it tries what it may not do.",
        needs=(Step,),
        thresholds=(
            Threshold("denials", DENIED, "an agent that adapts stops after a few"),
            Threshold("denials of one task", OF_A_TASK, "of its last nine steps"),
            Threshold("spreads over the usual", SPREADS, "for agents that are at many tasks"),
        ),
        cost="constant: the steps of the last minute, at most 400",
        ladder=(Response.FLAG, Response.PAUSE, Response.QUARANTINE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._agents: Recent[str, _Past] = Recent(AGENTS, _Past)
        self._tasks: Recent[str, deque[bool]] = Recent(AGENTS, lambda: deque(maxlen=AMONG))

    def see(self, event: Event) -> Iterable[Finding]:
        """The denial that makes it a burst."""
        if not isinstance(event, Step):
            return ()
        past, task = self._agents.touch(event.agent), self._tasks.touch(event.task)
        past.take(event)
        task.append(event.decision == "deny")
        if event.decision != "deny" or event.at - past.told < REST_S:
            return ()
        denied = [one for one in past.steps if one.decision == "deny"]
        expected = past.expected()
        many = len(denied) >= max(DENIED, expected + SPREADS * math.sqrt(expected) + DENIED / 2)
        if not many and sum(task) < OF_A_TASK:
            return ()
        past.told = event.at
        return (_denied(event, denied[-SHOWN:], max(len(denied), sum(task))),)


@dataclass(slots=True)
class _Queue:
    """Requests of one unit: those of the last minute, and how many a minute has as a rule."""

    opened: deque[ApprovalOpened] = field(default_factory=lambda: deque(maxlen=400))
    minute: int = -1
    usual: float = 0.0
    known: int = 0
    count: int = 0
    told: float = -1e18


class Approvals(Quiet):
    """Counts the requests for approval of each unit in the last minute."""

    about = About(
        name="anomalies.approval-flood",
        title="Flood of approvals",
        sentence="So many approvals are asked for at once that nobody can read them.",
        needs=(ApprovalOpened,),
        thresholds=(
            Threshold("requests in a minute", FLOOD, "two seconds for each is no reading"),
            Threshold(
                "times the usual",
                TIMES_USUAL,
                "a unit that always asks much is staffed; one that has just begun is not known yet",
            ),
        ),
        cost="constant: the requests of the last minute",
        ladder=(Response.FLAG, Response.DAMP, Response.PAUSE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._queues: Recent[str, _Queue] = Recent(2_000, _Queue)

    def see(self, event: Event) -> Iterable[Finding]:
        """The request that makes it a flood."""
        if not isinstance(event, ApprovalOpened):
            return ()
        queue = self._queues.touch(event.scope)
        minute = int(event.at // WINDOW_S)
        while queue.minute < minute and queue.minute >= 0:
            queue.known += 1
            queue.usual += max(0.1, 1 / queue.known) * (queue.count - queue.usual)
            queue.count = 0
            queue.minute += 1
            if minute - queue.minute > LONGEST_MINUTES:
                queue.minute = minute
        queue.minute = minute
        queue.count += 1
        queue.opened.append(event)
        while event.at - queue.opened[0].at > WINDOW_S:
            queue.opened.popleft()
        many = len(queue.opened)
        limit = max(FLOOD, TIMES_USUAL * queue.usual) if queue.known else TIMES_USUAL * FLOOD
        if many < limit or event.at - queue.told < REST_S:
            return ()
        queue.told = event.at
        return (_flood(event, list(queue.opened)),)


def _denied(step: Step, shown: list[Step], count: int) -> Finding:
    targets = ", ".join(list(dict.fromkeys(one.target for one in shown))[:3])
    return Finding(
        detector=Denials.about.name,
        key=step.agent,
        severity=Severity.HIGH if count >= 3 * DENIED else Severity.MEDIUM,
        confidence=0.95,
        title=f"{{0}} was denied {count} times within a minute: {targets}.",
        at=step.at,
        since=shown[0].at,
        scope=step.scope,
        goal=step.goal,
        agents=(step.agent,),
        tasks=each_once(one.task for one in shown),
        nodes=of_steps(shown),
        edges=in_a_row(shown),
        figures={"denials": count},
    )


def _flood(event: ApprovalOpened, opened: list[ApprovalOpened]) -> Finding:
    shown = opened[-SHOWN:]
    agents = each_once(one.agent for one in opened if one.agent)
    return Finding(
        detector=Approvals.about.name,
        key=event.scope,
        severity=Severity.MEDIUM,
        confidence=0.95,
        title=f"{len(opened)} approvals were asked for within a minute in {event.scope}.",
        at=event.at,
        since=opened[0].at,
        scope=event.scope,
        goal=event.goal if len({one.goal for one in opened}) == 1 else "",
        agents=agents,
        tasks=each_once(one.task for one in shown),
        nodes=tuple(Node(one.id, "approval", one.target, one.agent, one.at) for one in shown),
        edges=in_a_row(shown),
        figures={"requests": len(opened)},
    )
