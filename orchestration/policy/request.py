"""What a decision is asked about: one frozen value with one canonical form.

Policies see the canonical form and nothing else, so a request that was stored can be decided again
and give the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NotRequired, Self, TypedDict

import orjson

from orchestration.errors import InvalidInput

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

_SECTIONS = frozenset({"act", "agent", "unit", "goal", "task", "facts"})

LIMIT_BYTES = 1_048_576
"""Largest canonical request; what is larger is refused before anything is decided."""


class Act(TypedDict):
    """What is attempted. `digest` names the exact call, for matching approvals to it."""

    name: str
    target: str
    effect: str
    idempotent: bool
    arguments: Json
    labels: Mapping[str, list[str]]
    origin: Mapping[str, str]
    cost_minor: int
    risk: str
    digest: NotRequired[str]
    compensation: NotRequired[str]


class Agent(TypedDict):
    """Who attempts it; `grants` are tool names or globs."""

    id: str
    name: str
    version: int
    role: str
    capabilities: list[str]
    autonomy: str
    risk_class: str
    unit: str
    owner: str
    grants: list[str]


class Unit(TypedDict):
    """Where the act takes effect."""

    path: str


class Goal(TypedDict):
    """What it is for."""

    id: str
    title: str
    unit: str
    pattern: str
    priority: int
    constraints: Mapping[str, Json]
    requested_by: str


class Task(TypedDict):
    """The piece of work during which it is attempted."""

    id: str
    capability: str
    depth: int
    round: int


class ClauseMet(TypedDict):
    """One clause that people agreed to, by policy and rule; `roles` as they were then."""

    policy: str
    rule: str
    roles: NotRequired[list[str]]


class Granted(TypedDict):
    """A granted approval of the call with this digest; `by` names the people who agreed."""

    id: str
    digest: str
    clauses: list[ClauseMet]
    by: list[str]
    granted_at: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the engine; make it with `of` or `parse`, which fix its canonical form."""

    act: Act
    agent: Agent
    unit: Unit
    goal: Goal
    task: Task
    facts: Mapping[str, Json]
    approvals: tuple[Granted, ...]
    at: str
    _canonical: bytes = field(repr=False, compare=False)

    @classmethod
    def of(
        cls,
        act: Act,
        agent: Agent,
        unit: Unit,
        *,
        goal: Goal,
        task: Task,
        **known: Any,
    ) -> Self:
        """Make a request; `known` takes `facts`, `approvals` and `at` (an aware datetime).

        Raises InvalidInput when the values have no canonical form: not JSON, nested too deeply,
        integers beyond 64 bits, broken text, or more than LIMIT_BYTES.
        """
        at = known.get("at")
        return cls.parse(
            _encode(
                {
                    "act": act,
                    "agent": agent,
                    "unit": unit,
                    "goal": goal,
                    "task": task,
                    "facts": known.get("facts") or {},
                    "approvals": list(known.get("approvals") or ()),
                    "at": moment(at) if at is not None else "",
                }
            )
        )

    @classmethod
    def parse(cls, canonical: bytes) -> Self:
        """The request of these canonical bytes. Raises InvalidInput when they are not a request."""
        if len(canonical) > LIMIT_BYTES:
            raise InvalidInput(f"the request has {len(canonical)} bytes, the most is {LIMIT_BYTES}")
        try:
            return cls.of_values(orjson.loads(canonical), canonical)
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"not a canonical request: {error}") from error

    @classmethod
    def of_values(cls, values: Json, canonical: bytes = b"") -> Self:
        """The request of JSON values that were read from a canonical one. Raises InvalidInput."""
        try:
            _require_shape(values)
            return cls(
                values["act"],
                values["agent"],
                values["unit"],
                values["goal"],
                values["task"],
                values["facts"],
                tuple(values["approvals"]),
                values["at"],
                canonical,
            )
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"not a canonical request: {error}") from error

    def canonical(self) -> bytes:
        """UTF-8 JSON with sorted keys: what is stored and what policies see."""
        return self._canonical or _encode(
            {**self.sections(), "approvals": list(self.approvals), "at": self.at}
        )

    def sections(self) -> dict[str, Any]:
        """The parts by name, for looking paths up."""
        return {name: getattr(self, name) for name in sorted(_SECTIONS)}

    def lookup(self, path: tuple[str, ...]) -> Json:
        """The value at a path such as ("act", "arguments", "payee"); None when there is none."""
        if path[0] == "time" or path[1:] == ("organisation",):
            return self.derived(path)
        value: Json = getattr(self, path[0]) if path[0] in _SECTIONS else None
        for part in path[1:]:
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        return value

    def derived(self, path: tuple[str, ...]) -> Json:
        """A field that is computed from others: the parts of the time, and the organisation."""
        root, name = path[0], path[-1]
        if root == "time":
            return _time_part(self.at, name)
        section = self.agent if root == "agent" else self.goal
        return str(section.get("unit", "")).partition("/")[0]


def _require_shape(values: Json) -> None:
    act, approvals = values["act"], values["approvals"]
    for name in ("labels", "origin"):
        if not isinstance(act[name], dict):
            raise TypeError(f"act.{name} must be an object")
    if not all(isinstance(one, list) for one in act["labels"].values()):
        raise TypeError("the labels of a leaf must be a list")
    if not isinstance(approvals, list) or not isinstance(values["facts"], dict):
        raise TypeError("approvals must be a list and facts an object")


def moment(at: datetime) -> str:
    """An aware datetime as ISO 8601 text in UTC, to the second."""
    if at.tzinfo is None:
        raise InvalidInput("a moment needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time_part(at: str, name: str) -> Json:
    if not at:
        return None
    when = datetime.fromisoformat(at)
    parts: dict[str, Json] = {
        "at": at,
        "date": at[:10],
        "weekday": when.isoweekday(),
        "hour": when.hour,
        "minute": when.minute,
    }
    return parts.get(name)


def _encode(values: dict[str, Json]) -> bytes:
    try:
        return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise InvalidInput(f"the request cannot be written as JSON: {error}") from error
