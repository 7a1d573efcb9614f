"""The words that may be written in a policy, as the editor's completion reads them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from orchestration.policy.schemas import Schema
from orchestration.policy.textual import completions
from orchestration.vocabulary import Act, AgentRole, Role

APPROVAL_KEYS = ("from", "quorum", "expires", "escalate")
LIMIT_KEYS = ("name", "fact", "at_most", "warn_at", "add", "effect", "approval")
CASE_KEYS = ("name", "given", "expect", "rules")


def words_for_editor(tools: Mapping[str, Schema]) -> str:
    """Fields with type and meaning, keys by place, and the words that lists may hold; as JSON.

    `tools` are the schemas of arguments by tool: their arguments complete like fields.
    """
    words: dict[str, list[dict[str, str]]] = {
        **completions(),
        "roles": _named(Role),
        "agent_roles": _named(AgentRole),
        "acts": _named(Act),
        "tools": _named(tools),
        "modes": _named(("enforce", "shadow")),
        "on_error": _named(("deny", "hold")),
        "approval_keys": _named(APPROVAL_KEYS),
        "limit_keys": _named(LIMIT_KEYS),
        "case_keys": _named(CASE_KEYS),
    }
    words["fields"] = [*words["fields"], *_arguments(tools)]
    return orjson.dumps(words).decode()


def _named(words: Iterable[str]) -> list[dict[str, str]]:
    return [{"name": str(word)} for word in words]


def _arguments(tools: Mapping[str, Schema]) -> list[dict[str, str]]:
    """Each argument once, with its type and the tools that take it."""
    found: dict[str, dict[str, Any]] = {}
    for tool, schema in tools.items():
        for name, described in schema.get("properties", {}).items():
            kind = described.get("type", "") if isinstance(described, Mapping) else ""
            entry = found.setdefault(name, {"type": str(kind), "tools": []})
            entry["tools"].append(tool)
    return [
        {
            "name": f"act.arguments.{name}",
            "type": entry["type"],
            "meaning": f"argument of {', '.join(sorted(entry['tools'])[:4])}",
        }
        for name, entry in sorted(found.items())
    ]
