"""Decides stored requests again under another bundle, and counts what comes out otherwise.

Pure and additive: parts of a history can be tallied apart, in any process, and merged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from orchestration.errors import InvalidInput
from orchestration.policy.bundle import Bundle
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.labels import ERASED
from orchestration.policy.request import Request
from orchestration.policy.scopes import place_of

SAMPLES = 5
"""Examples kept of each kind of change."""


class Past(NamedTuple):
    """One decision of the past: a reference to it, its canonical request, and its effect."""

    reference: str
    request: bytes
    effect: str


class Kind(NamedTuple):
    """What changes are grouped by. `rule` is `policy/rule` of the new decision's first reason."""

    was: str
    now: str
    rule: str
    agent: str
    tool: str


class Again(NamedTuple):
    """A decision made anew; `decision` is None when the request can't be decided again."""

    past: Past
    kind: Kind
    decision: Decision | None


@dataclass
class AgentTally:
    """What became of the steps of one agent that were allowed."""

    allowed: int = 0
    still: int = 0


@dataclass
class Tally:
    """What a replay found.

    Attributes:
        total: decisions looked at. same: those that stay as they were. undecidable: those whose
            request was erased or can't be read. flips: changes by kind. samples: references by
            kind, the first few. agents: by agent, to see who would stall.
    """

    total: int = 0
    same: int = 0
    undecidable: int = 0
    flips: Counter[Kind] = field(default_factory=Counter)
    samples: dict[Kind, list[str]] = field(default_factory=dict)
    agents: dict[str, AgentTally] = field(default_factory=dict)

    def add(self, again: Again) -> None:
        """Count one decision."""
        self.total += 1
        if again.decision is None:
            self.undecidable += 1
            return
        self._count_agent(again.kind)
        if again.kind.was == again.kind.now:
            self.same += 1
            return
        self.flips[again.kind] += 1
        kept = self.samples.setdefault(again.kind, [])
        if len(kept) < SAMPLES:
            kept.append(again.past.reference)

    def merge(self, other: Tally) -> None:
        """Take in what was tallied of another part of the same history."""
        self.total += other.total
        self.same += other.same
        self.undecidable += other.undecidable
        self.flips.update(other.flips)
        for kind, references in other.samples.items():
            kept = self.samples.setdefault(kind, [])
            kept.extend(references[: SAMPLES - len(kept)])
        for name, theirs in other.agents.items():
            ours = self.agents.setdefault(name, AgentTally())
            ours.allowed += theirs.allowed
            ours.still += theirs.still

    def stalled(self) -> list[str]:
        """Agents that had steps allowed and would have none, by name."""
        return sorted(name for name, one in self.agents.items() if one.allowed and not one.still)

    def grouped(self, *sides: str) -> list[tuple[tuple[str, ...], int]]:
        """Changes counted by some sides of their kind, such as `was` and `now`; most first."""
        counted: Counter[tuple[str, ...]] = Counter()
        for kind, count in self.flips.items():
            counted[tuple(str(getattr(kind, side)) for side in sides)] += count
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    def _count_agent(self, kind: Kind) -> None:
        if kind.was != "allow":
            return
        tally = self.agents.setdefault(kind.agent, AgentTally())
        tally.allowed += 1
        tally.still += kind.now == "allow"


def whole(request: Mapping[str, Any], arguments: Any) -> bytes:
    """The canonical bytes of a stored request whose arguments are kept apart from it."""
    act = {**request["act"], "arguments": arguments}
    return orjson.dumps({**request, "act": act}, option=orjson.OPT_SORT_KEYS)


def replay(history: Iterable[Past], bundle: Bundle) -> Iterator[Again]:
    """Each decision of a history made anew, in order; stop iterating to cancel."""
    for past in history:
        yield _again(past, bundle)


def _again(past: Past, bundle: Bundle) -> Again:
    try:
        request = Request.parse(past.request)
        if b'"erased":true' in past.request and _needs_erased(request, bundle):
            return Again(past, _kind(past, request, None), None)
        decision = decide(request, bundle)
    except (InvalidInput, KeyError, TypeError, AttributeError):
        return Again(past, Kind(past.effect, "", "", "", ""), None)
    return Again(past, _kind(past, request, decision), decision)


def _kind(past: Past, request: Request, decision: Decision | None) -> Kind:
    rule = now = ""
    if decision is not None:
        first = decision.reasons[0]
        rule, now = f"{first.policy}/{first.rule}", decision.effect
    return Kind(past.effect, now, rule, request.agent["name"], request.act["target"])


def _needs_erased(request: Request, bundle: Bundle) -> bool:
    """Whether a rule that applies reads a value which was erased, or one that holds it."""
    found = bundle.candidates(place_of(request))
    return any(
        _is_erased(request, path)
        for group in found.groups
        for path in group.paths
        if path[0] not in {"time", "facts"}
    )


def _is_erased(request: Request, path: tuple[str, ...]) -> bool:
    value: Any = request.sections()
    for part in path:
        if value == ERASED:
            return True
        if not isinstance(value, dict):
            return False
        value = value.get(part)
    return _holds_erased(value)


def _holds_erased(value: Any) -> bool:
    if value == ERASED:
        return True
    if isinstance(value, dict):
        return any(_holds_erased(one) for one in value.values())
    return isinstance(value, list) and any(_holds_erased(one) for one in value)
