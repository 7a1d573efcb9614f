"""Counts what a replay finds. Additive: parts of a history are tallied apart and merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from orchestration.policy.engine import Outline
from orchestration.policy.past import Asked
from orchestration.policy.replay import Again, Kind

SAMPLES = 5
"""Examples kept of each kind of change."""


@dataclass
class AgentTally:
    """What became of the steps of one agent that were allowed, and of its tool calls among them."""

    allowed: int = 0
    still: int = 0
    calls: int = 0
    calls_still: int = 0

    @property
    def stalls(self) -> bool:
        """Whether it could do nothing any more, or use no tool of those it used."""
        nothing = self.allowed > 0 and self.still == 0
        return nothing or (self.calls > 0 and self.calls_still == 0)


@dataclass
class Rules:
    """How often each rule matched, decided or failed; the key is `policy/rule`.

    A rule that matched and never decided was overridden by a stronger one each time.
    """

    matched: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, made: Outline) -> None:
        """Count the rules of one decision."""
        for verdict in made.verdicts:
            name = "/".join(verdict.order)
            if verdict.error:
                self.failed[name] += 1
                continue
            self.matched[name] += 1
            if verdict.effect == "oblige":
                self.decided[name] += 1
        for verdict in made.deciding:
            if not verdict.error:
                self.decided["/".join(verdict.order)] += 1

    def merge(self, other: Rules) -> None:
        """Take in what was counted elsewhere."""
        self.matched.update(other.matched)
        self.decided.update(other.decided)
        self.failed.update(other.failed)


@dataclass
class Tally:
    """What a replay found.

    Attributes:
        total: decisions looked at. same: those that stay as they were. undecidable: why some can't
            be decided again, counted. flips: changes by kind. samples: references by kind, the
            first few. agents: by agent, to see who would stall. asked_then, asked_now: approvals.
        held_then, held_now: steps that wait for people. rules: what each rule said.
    """

    total: int = 0
    same: int = 0
    undecidable: Counter[str] = field(default_factory=Counter)
    flips: Counter[Kind] = field(default_factory=Counter)
    samples: dict[Kind, list[str]] = field(default_factory=dict)
    agents: dict[str, AgentTally] = field(default_factory=dict)
    asked_then: Counter[Asked] = field(default_factory=Counter)
    asked_now: Counter[Asked] = field(default_factory=Counter)
    held_then: int = 0
    held_now: int = 0
    rules: Rules = field(default_factory=Rules)

    def pass_over(self, count: int = 1) -> None:
        """Count decisions in which no policy had a say, then or now."""
        self.total += count
        self.same += count

    def add(self, again: Again) -> None:
        """Count one decision."""
        self.total += 1
        if again.outline is None:
            self.undecidable[again.why] += 1
            return
        self.rules.add(again.outline)
        self._count_people(again, again.outline)
        self._count_agent(again)
        if again.kind.was == again.kind.now:
            self.same += 1
            return
        self.flips[again.kind] += 1
        kept = self.samples.setdefault(again.kind, [])
        if len(kept) < SAMPLES:
            kept.append(again.past.reference)

    def merge(self, other: Tally) -> None:
        """Take in what was tallied of another part of the same history."""
        for name in ("total", "same", "held_then", "held_now"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("undecidable", "flips", "asked_then", "asked_now"):
            getattr(self, name).update(getattr(other, name))
        self.rules.merge(other.rules)
        for kind, references in other.samples.items():
            kept = self.samples.setdefault(kind, [])
            kept.extend(references[: SAMPLES - len(kept)])
        for name, theirs in other.agents.items():
            ours = self.agents.setdefault(name, AgentTally())
            ours.allowed += theirs.allowed
            ours.still += theirs.still
            ours.calls += theirs.calls
            ours.calls_still += theirs.calls_still

    def stalled(self) -> list[str]:
        """Agents that had steps or tool calls allowed and would have none, by name."""
        return sorted(name for name, one in self.agents.items() if one.stalls)

    def grouped(self, *sides: str) -> list[tuple[tuple[str, ...], int]]:
        """Changes counted by some sides of their kind, such as `was` and `now`; most first."""
        counted: Counter[tuple[str, ...]] = Counter()
        for kind, count in self.flips.items():
            counted[tuple(str(getattr(kind, side)) for side in sides)] += count
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    def flipped(self) -> int:
        """How many decisions come out otherwise."""
        return sum(self.flips.values())

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values, to keep and to take up again."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            "undecidable": dict(self.undecidable),
            "flips": [[*kind, count, self.samples.get(kind, [])] for kind, count in _kinds(self)],
            "agents": {
                name: [one.allowed, one.still, one.calls, one.calls_still]
                for name, one in self.agents.items()
            },
            "asked_then": [[*one, count] for one, count in sorted(self.asked_then.items())],
            "asked_now": [[*one, count] for one, count in sorted(self.asked_now.items())],
            "rules": {name: dict(getattr(self.rules, name)) for name in _SAID},
        }

    @classmethod
    def of_json(cls, said: dict[str, Any]) -> Self:
        """The tally that `as_json` gave; an empty object gives an empty one."""
        if not said:
            return cls()
        flips = [(Kind(*row[:5]), row[5], row[6]) for row in said["flips"]]
        return cls(
            **{name: said[name] for name in _NUMBERS},
            undecidable=Counter(said["undecidable"]),
            flips=Counter({kind: count for kind, count, _ in flips}),
            samples={kind: list(samples) for kind, _, samples in flips},
            agents={name: AgentTally(*row) for name, row in said["agents"].items()},
            asked_then=Counter({Asked(*row[:3]): row[3] for row in said["asked_then"]}),
            asked_now=Counter({Asked(*row[:3]): row[3] for row in said["asked_now"]}),
            rules=Rules(*(Counter(said["rules"][name]) for name in _SAID)),
        )

    def _count_people(self, again: Again, made: Outline) -> None:
        if again.kind.was == "hold":
            self.held_then += 1
            self.asked_then.update(again.past.asked)
        if made.effect == "hold":
            self.held_now += 1
            self.asked_now.update(
                Asked(f"{one.policy}/{one.rule}", "|".join(one.roles), one.quorum)
                for one in made.clauses
            )

    def _count_agent(self, again: Again) -> None:
        kind = again.kind
        if kind.was != "allow":
            return
        tally = self.agents.setdefault(kind.agent, AgentTally())
        tally.allowed += 1
        tally.still += kind.now == "allow"
        if again.past.request is not None and again.past.request.act["name"] == "tool.call":
            tally.calls += 1
            tally.calls_still += kind.now == "allow"


_NUMBERS = ("total", "same", "held_then", "held_now")
_SAID = ("matched", "decided", "failed")


def _kinds(tally: Tally) -> Iterator[tuple[Kind, int]]:
    yield from sorted(tally.flips.items(), key=lambda one: (-one[1], one[0]))
