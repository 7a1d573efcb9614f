"""Never-seen behaviour: a tool, or a pair of tools in a row, that an agent never used before. Pure.

An agent that still finds new ones now and then is learning; it is judged only when the share of new
ones in its past says that the next would be a surprise (the Good-Turing estimate of unseen mass).
What several colleagues of its unit do is no surprise either, unless it is the agent's first act of
that effect, such as its first write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.detection.events import Event, Step
from orchestration.detection.evidence import in_a_row, of_steps
from orchestration.detection.findings import (
    About,
    Finding,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

LEAST_STEPS = 100
UNSEEN = 0.005
COLLEAGUES = 2
UNITS = 20_000
PAIRS_LEAST = 400
PAIRS_UNSEEN = 0.004
AGENTS = 10_000
MOST_KNOWN = 2_000
REST_S = 600.0


@dataclass(slots=True)
class _Past:
    """What was seen how often; `single` counts what was seen once."""

    seen: dict[str, int] = field(default_factory=dict)
    total: int = 0
    single: int = 0

    def unseen(self) -> float:
        """Good and Turing: the share of things seen once estimates that of things not seen yet."""
        return (self.single + 0.5) / (self.total + 1)

    def take(self, name: str) -> bool:
        """Take a thing in; whether it is new."""
        count = self.seen.get(name, 0)
        self.total += 1
        if count or len(self.seen) < MOST_KNOWN:
            self.seen[name] = count + 1
            self.single += (count == 0) - (count == 1)
        return count == 0


@dataclass(slots=True)
class _Agent:
    tools: _Past = field(default_factory=_Past)
    pairs: _Past = field(default_factory=_Past)
    effects: set[str] = field(default_factory=set)
    last: Step | None = None
    told: float = -1e18


class Novelty(Quiet):
    """Remembers which tools, and which pairs of them, each agent uses."""

    about = About(
        name="anomalies.never-seen",
        title="Never-seen behaviour",
        sentence="An agent uses a tool, or a sequence of tools, that it never used before.",
        needs=(Step,),
        thresholds=(
            Threshold("least steps", LEAST_STEPS, "before that nothing is usual yet"),
            Threshold("unseen share", UNSEEN, "one new tool in a hundred calls would be a rule"),
            Threshold("colleagues", COLLEAGUES, "what two others of the unit do is known there"),
            Threshold("least steps for pairs", PAIRS_LEAST, "there are many more pairs than tools"),
        ),
        cost="constant: two look-ups a step",
        ladder=(Response.FLAG, Response.PAUSE, Response.QUARANTINE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._agents: Recent[str, _Agent] = Recent(AGENTS, _Agent)
        self._users: Recent[tuple[str, str], set[str]] = Recent(UNITS, set)

    def see(self, event: Event) -> Iterable[Finding]:
        """A new tool of an agent that had settled."""
        if not isinstance(event, Step) or event.act != "tool.call":
            return ()
        agent = self._agents.touch(event.agent)
        before, agent.last = agent.last, event
        surprise = self._tool(agent, event)
        if surprise is None and before is not None and before.task == event.task:
            surprise = self._pair(agent, before, event)
        agent.effects.add(event.effect)
        if not surprise or event.at - agent.told < REST_S:
            return ()
        agent.told = event.at
        return (_found(event, surprise, agent),)

    def _tool(self, agent: _Agent, step: Step) -> list[Step] | None:
        """The step, if its tool is a surprise; empty if it is new and none; None if not new."""
        settled = agent.tools.total >= LEAST_STEPS and agent.tools.unseen() <= UNSEEN
        known = self._known(step, step.target) and step.effect in agent.effects
        if not agent.tools.take(step.target):
            return None
        return [step] if settled and not known else []

    def _pair(self, agent: _Agent, before: Step, step: Step) -> list[Step] | None:
        pair = f"{before.target}>{step.target}"
        settled = agent.pairs.total >= PAIRS_LEAST and agent.pairs.unseen() <= PAIRS_UNSEEN
        known = self._known(step, pair)
        new = agent.pairs.take(pair)
        return [before, step] if new and settled and not known else None

    def _known(self, step: Step, what: str) -> bool:
        """Whether colleagues do this; counts this agent among those who do."""
        users = self._users.touch((step.scope, what))
        known = len(users - {step.agent}) >= COLLEAGUES
        if len(users) <= COLLEAGUES:
            users.add(step.agent)
        return known


def _found(step: Step, steps: list[Step], agent: _Agent) -> Finding:
    what = ", then ".join(one.target for one in steps)
    return Finding(
        detector=Novelty.about.name,
        key=f"{step.agent}:{what}",
        severity=Severity.MEDIUM if step.effect in {"write", "irreversible"} else Severity.LOW,
        confidence=0.85 if len(steps) == 1 else 0.7,
        title=f"{{0}} used {what} for the first time in {agent.tools.total} calls.",
        at=step.at,
        since=steps[0].at,
        scope=step.scope,
        goal=step.goal,
        agents=(step.agent,),
        tasks=(step.task,),
        nodes=of_steps(steps),
        edges=in_a_row(steps),
        figures={"calls before": agent.tools.total - 1, "tools known": len(agent.tools.seen)},
    )
