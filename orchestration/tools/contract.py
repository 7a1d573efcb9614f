"""The contract between the runtime and a tool: how a Python tool is declared and what it is given.

A tool never decides whether it may run; when it is called, the step is decided and recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from orchestration.errors import ConfigurationError
from orchestration.policy.personal import faults_of

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

Effect = Literal["read", "write", "irreversible"]


@dataclass(frozen=True)
class ToolCall:
    """One permitted call.

    Attributes:
        arguments: checked against the tool's JSON schema.
        idempotency_key: the step's id; the same key means the same call, however often it arrives.
        goal: id of the goal the calling agent works for.
        agent: slug of the calling agent.
        folder: directory where tools that stand for outside systems keep their files.
    """

    arguments: dict[str, Json]
    idempotency_key: str
    goal: str
    agent: str
    folder: Path


@dataclass(frozen=True)
class ToolSpec:
    """A declared tool: what it is called, takes, returns, costs and changes in the world.

    Attributes:
        name: dotted name, `family.verb`.
        title: a short sentence for people.
        effect: `read` changes nothing, `write` can be undone or overwritten, `irreversible` cannot.
        idempotent: whether calling twice with one key has the effect of calling once.
        arguments: JSON schema of the arguments. A leaf marked `"personal": true` is personal and
            names its data subject; one marked `"personal": "/arguments/to"` belongs to the subject
            that is named there.
        result: JSON schema of the result, marked alike; a mark may point to `/result/…`.
        labels: labels that the output carries, such as `untrusted`.
        cost_minor: price of a call in minor units of money.
        timeout_s: seconds after which the call counts as not answered.
        compensation: name of the tool that undoes this one, if any.
        vouches_for: labels that this tool, as a check, may have taken off a value it is given.
    """

    name: str
    title: str
    effect: Effect
    idempotent: bool
    arguments: dict[str, Json]
    result: dict[str, Json]
    perform: Callable[[ToolCall], Json] = field(compare=False)
    labels: tuple[str, ...] = ()
    cost_minor: int = 0
    timeout_s: int = 30
    compensation: str = ""
    vouches_for: tuple[str, ...] = ()


_tools: dict[str, ToolSpec] = {}


def tool(
    name: str,
    *,
    title: str,
    effect: Effect,
    arguments: dict[str, Json],
    result: dict[str, Json],
    idempotent: bool = False,
    **options: Any,
) -> Callable[[Callable[[ToolCall], Json]], Callable[[ToolCall], Json]]:
    """Declare a Python function as a tool; see ToolSpec for the meaning of each option.

    Raises ConfigurationError when two different functions claim one name, or a mark is malformed.
    """
    faults = [*faults_of(arguments), *faults_of(result)]
    if faults:
        raise ConfigurationError(f"the tool {name!r}: {'; '.join(faults)}")

    def declare(perform: Callable[[ToolCall], Json]) -> Callable[[ToolCall], Json]:
        known = _tools.get(name)
        if known is not None and known.perform.__qualname__ != perform.__qualname__:
            raise ConfigurationError(f"two functions declare the tool {name!r}")
        _tools[name] = ToolSpec(
            name, title, effect, idempotent, arguments, result, perform, **options
        )
        return perform

    return declare


def tool_named(name: str) -> ToolSpec | None:
    """The declared tool of that name, or None when no installed code declares it."""
    return _tools.get(name)


def declared_tools() -> list[ToolSpec]:
    """All declared tools, by name."""
    return [_tools[name] for name in sorted(_tools)]
