"""Whether the arguments that a policy names exist in the schemas of the tools it speaks about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.policy.expressions import shape_of
from orchestration.policy.fields import closest
from orchestration.policy.language import Problem, conditions_of, place_in
from orchestration.policy.scopes import matches
from orchestration.policy.source import Located
from orchestration.policy.terms import Policy

Schema = Mapping[str, Any]
"""A JSON schema of a tool's arguments."""

_ARGUMENTS = ("act", "arguments")


def argument_problems(policy: Policy, tools: Mapping[str, Schema]) -> list[Problem]:
    """Arguments named by the policy's conditions that no tool in its scope has.

    A policy that speaks about no known tool, or about a tool whose schema is open, has none.
    """
    schemas = [schema for name, schema in tools.items() if matches(policy.scope.tools, name)]
    if not schemas:
        return []
    return [
        Problem(*_place(at, path), at.path, _message(path, schemas))
        for _, at in conditions_of(policy)
        for path in shape_of(at.value).references
        if path[:2] == _ARGUMENTS and path[2:] and not any(_has(one, path[2:]) for one in schemas)
    ]


def _place(at: Located, path: tuple[str, ...]) -> tuple[int, int]:
    before = at.value[: max(at.value.find(".".join(path)), 0)]
    return place_in(at, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _has(schema: Schema, path: tuple[str, ...]) -> bool:
    """Whether a schema leaves room for a path; what it does not describe it does not forbid."""
    for part in path:
        described = schema.get("properties")
        if not isinstance(described, Mapping):
            return True
        if part not in described:
            return schema.get("additionalProperties") is True
        schema = described[part]
        if not isinstance(schema, Mapping):
            return True
    return True


def _message(path: tuple[str, ...], schemas: list[Schema]) -> str:
    known = sorted(set(_names(schemas)))
    name = ".".join(path[2:])
    hint = closest(path[2], known) or f"; there are {', '.join(known)}"
    return f"no tool in scope has an argument {name}{hint}"


def _names(schemas: list[Schema]) -> Iterator[str]:
    for schema in schemas:
        yield from schema.get("properties", {})
