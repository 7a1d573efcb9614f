"""What a policy is made of, as frozen values. `language` reads them, `engine` applies them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["allow", "hold", "deny", "oblige"]
"""What a rule does when it matches; `oblige` only adds its obligations and never allows."""

PerKind = Literal["agent", "tool", "goal", "unit", "task"]
Outcome = Literal["", "done", "failed"]

STRENGTH: dict[str, int] = {"oblige": 0, "allow": 1, "hold": 2, "deny": 3}

OBLIGATIONS: dict[str, str] = {
    "flag": "marks the step with a word",
    "redact": "hides the named paths from readers",
    "notify": "tells the people of a role",
    "warn": "tells the agent and the operator something before a boundary is reached",
    "throttle": "lets at most so many a minute start",
    "label": "adds a label to the outcome",
    "require-compensation": "refuses the step unless a tool can undo it",
}
"""Obligations a policy may write, with what each does; the engine adds `limit` and `warn`."""


@dataclass(frozen=True)
class Scope:
    """Where a policy applies. Each tuple holds globs; an empty one leaves that side open.

    `tools` matches the target of tool calls only, `targets` the target of any act; `units` matches
    a unit and all below it.
    """

    acts: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApprovalTerms:
    """Who may agree, how many of them, and by when.

    Attributes:
        roles: roles of people, any of which may agree. quorum: how many different people.
        expires_s: seconds until no answer means deny. escalate: roles told when time runs out.
    """

    roles: tuple[str, ...]
    quorum: int = 1
    expires_s: int = 900
    escalate: tuple[str, ...] = ()


@dataclass(frozen=True)
class Obligation:
    """Something the edge must do when the rule that carries it has matched."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Rule:
    """One rule: when its condition is true its effect applies. An empty condition always holds."""

    name: str
    effect: Effect
    when: str = ""
    reason: str = ""
    approval: ApprovalTerms | None = None
    obligations: tuple[Obligation, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Fact:
    """A count or a sum that a condition may name; the edge answers it and its value is stored.

    Attributes:
        measure: `count` steps, or `sum` the integer found at `path` of their arguments (or
            `cost_minor`). acts, tools: globs of the steps that count. per: whose steps count.
        window_s: how many seconds back, 0 for ever. outcome: `done` or `failed` to count only steps
            that ended so, empty for all that started.
    """

    name: str
    measure: Literal["count", "sum"]
    path: str = ""
    acts: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    per: PerKind = "agent"
    window_s: int = 0
    outcome: Outcome = ""


HAPPENED = Fact("happened", "count", acts=("tool.call",), per="goal")
"""How often each tool was called in the goal so far: a count by name and not a number."""


@dataclass(frozen=True)
class Limit:
    """A boundary on a fact. `add` is what this act adds: a number, or the path of an integer.

    The engine refuses what is over, warns from `warn_at` on, and passes the limit to the edge,
    which counts it in the transaction that writes the step.
    """

    name: str
    fact: str
    at_most: int
    warn_at: int | None = None
    add: int | tuple[str, ...] = 1
    effect: Literal["deny", "hold"] = "deny"
    approval: ApprovalTerms | None = None
    line: int = 0


@dataclass(frozen=True)
class Window:
    """When a policy applies: weekdays (1 Monday to 7 Sunday) and minutes of the day in a zone.

    `end` before `start` runs over midnight and belongs to the day on which it began.
    """

    days: tuple[int, ...]
    start: int
    end: int
    zone: str


@dataclass(frozen=True)
class Case:
    """A test inside a policy: what is given, and what this policy alone must say to it."""

    name: str
    given: Any
    expect: str
    rules: tuple[str, ...] | None = None
    line: int = 0


@dataclass(frozen=True)
class Principle:
    """A short text that agents carry: its key, and the keys of policies meant to enforce it."""

    key: str
    text: str
    enforced_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A policy as read from its source text."""

    key: str
    title: str
    source: str
    scope: Scope = Scope()
    mode: Literal["enforce", "shadow"] = "enforce"
    on_error: Literal["deny", "hold"] = "deny"
    rules: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    facts: tuple[Fact, ...] = ()
    during: Window | None = None
    obligations: tuple[Obligation, ...] = ()
    approval: ApprovalTerms | None = None
    controls: tuple[str, ...] = ()
    why: str = ""
    principles: tuple[Principle, ...] = ()
    tests: tuple[Case, ...] = field(default=(), compare=False)

    def asks(self) -> ApprovalTerms | None:
        """Whom a hold asks when its rule names nobody: the policy's terms, or its first rule's."""
        if self.approval is not None:
            return self.approval
        return next((one.approval for one in self.rules if one.approval is not None), None)
