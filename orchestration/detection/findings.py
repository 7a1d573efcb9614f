"""Findings as values: what was found, how sure, and the smallest evidence that shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from orchestration.detection.events import Event


class Severity(StrEnum):
    """How much a finding matters, least first. `notice` is for what is good to know."""

    NOTICE = "notice"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


SEVERITIES = tuple(Severity)
"""In order, so that severities compare by their index."""


class Response(StrEnum):
    """What may be done about a finding, mildest first; each is decided by policy."""

    FLAG = "flag"
    DAMP = "damp"
    PAUSE = "pause"
    BREAK_DEADLOCK = "break-deadlock"
    MERGE_DUPLICATES = "merge-duplicates"
    REPLAN = "replan"
    REASSIGN = "reassign"
    QUARANTINE = "quarantine"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Node:
    """One piece of evidence: a step, task, goal or resource, drawn in the lane of its agent."""

    id: str
    kind: str
    label: str
    agent: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """How one piece of evidence leads to another: `repeats`, `waits`, `holds`, `asks`, ..."""

    source: str
    target: str
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a detector found.

    Attributes:
        key: names the cause. Two findings of one detector with the same key are one row.
        title: a sentence in which {0}, {1}, ... stand for the agents, in their order.
        confidence: 0 to 1. at: when it was found; since: when its evidence begins.
        figures: what was measured, for people, by name.
        spared: what a response may end, least lost first, such as the waits of a deadlock.
    """

    detector: str
    key: str
    severity: Severity
    confidence: float
    title: str
    at: float
    since: float
    scope: str = ""
    goal: str = ""
    agents: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    spared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number a detector goes by, and why it is this one."""

    name: str
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class About:
    """What a detector says of itself.

    Attributes:
        name: such as `coherence.loop`. sentence: what it finds, for people.
        needs: kinds of event it must see. cost: of one event, in words.
        ladder: responses that fit, mildest first.
        exact: whether it proves what it says, or judges by likeness and numbers.
    """

    name: str
    title: str
    sentence: str
    needs: tuple[type[Event], ...]
    thresholds: tuple[Threshold, ...]
    cost: str
    ladder: tuple[Response, ...]
    exact: bool = True


class Detector(Protocol):
    """A detector holds its state and nothing else: no clock, no database, no chance.

    `see` is called with events in the order of (at, id), each once; `tick` with moments in between,
    at multiples of a second. So the same set of events gives the same findings.
    """

    about: About

    def see(self, event: Event) -> Iterable[Finding]:
        """Take note of an event of a kind it needs."""

    def tick(self, at: float) -> Iterable[Finding]:
        """Take note that so much time has passed."""


class Quiet:
    """A detector to which time alone says nothing."""

    def tick(self, at: float) -> Iterable[Finding]:  # noqa: ARG002 - the protocol's signature
        """Find nothing."""
        return ()
