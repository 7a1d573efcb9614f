"""Whether a scope covers a request: globs, and units with all that lies below them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from orchestration.policy.request import Request
from orchestration.policy.terms import Scope


class Place(NamedTuple):
    """The sides of a request that scopes look at; equal places have equal policies."""

    act: str
    target: str
    effect: str
    unit: str
    agent: str
    agent_id: str
    role: str
    capabilities: tuple[str, ...]
    risk: str


def place_of(request: Request) -> Place:
    """The place of a request."""
    act, agent = request.act, request.agent
    return place(act, agent, request.unit["path"])


def place(act: Mapping[str, Any], agent: Mapping[str, Any], unit: str) -> Place:
    """The place of an act by an agent in a unit, before there is a request."""
    return Place(
        act["name"],
        act["target"],
        act["effect"],
        unit,
        agent["name"],
        agent["id"],
        agent["role"],
        tuple(agent["capabilities"]),
        agent["risk_class"],
    )


@lru_cache(maxsize=8192)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", glob)), re.DOTALL)


def matches(globs: tuple[str, ...], name: str) -> bool:
    """Whether one of the globs covers a name; `*` stands for any run of characters."""
    return any(
        glob == name or ("*" in glob and _pattern(glob).fullmatch(name) is not None)
        for glob in globs
    )


def unit_within(globs: tuple[str, ...], path: str) -> bool:
    """Whether a unit is one of those named or lies below one.

    `finance` and `finance/**` cover finance and everything below; `*` stands for one level.
    """
    return any(_unit_pattern(glob).fullmatch(path) is not None for glob in globs)


@lru_cache(maxsize=8192)
def _unit_pattern(glob: str) -> re.Pattern[str]:
    levels = glob.removesuffix("/**").split("/")
    if levels == ["**"]:
        return re.compile(".*", re.DOTALL)
    parts = [".*" if one == "**" else re.escape(one).replace(r"\*", "[^/]*") for one in levels]
    return re.compile("/".join(parts) + "(/.*)?", re.DOTALL)


def covers(scope: Scope, where: Place) -> bool:
    """Whether a scope covers a place: each side that it names must match."""
    return (
        _act_covered(scope, where)
        and (not scope.units or unit_within(scope.units, where.unit))
        and _agent_covered(scope, where)
    )


def _act_covered(scope: Scope, where: Place) -> bool:
    if scope.tools and (where.act != "tool.call" or not matches(scope.tools, where.target)):
        return False
    return (
        (not scope.acts or matches(scope.acts, where.act))
        and (not scope.targets or matches(scope.targets, where.target))
        and (not scope.effects or where.effect in scope.effects)
    )


def _agent_covered(scope: Scope, where: Place) -> bool:
    return (
        (not scope.agents or any(matches(scope.agents, n) for n in (where.agent, where.agent_id)))
        and (not scope.roles or where.role in scope.roles)
        and (not scope.risks or where.risk in scope.risks)
        and (
            not scope.capabilities
            or any(matches(scope.capabilities, one) for one in where.capabilities)
        )
    )
