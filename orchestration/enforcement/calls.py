"""What an agent asks for, as a value: the call whose digest approvals bind to. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from orchestration.policy.labels import labels_at
from orchestration.policy.personal import PERSONAL
from orchestration.policy.redaction import CONCEALED
from orchestration.tools.contract import ToolSpec

SHOWN = 60
"""Characters of an argument that a title shows; longer ones are left to the page."""

LARGEST_ARGUMENTS = 1_000_000
"""Bytes of canonical arguments; a larger call is denied and only its size and hash are kept."""


@dataclass(frozen=True)
class Call:
    """One thing an agent wants to do.

    Attributes:
        act: word of vocabulary.Act. target: tool name, board key, capability or recipient.
        effect: `read`, `write`, `irreversible`, or `internal` for our own database only.
        labels: labels by argument leaf, such as {"payee": ["untrusted"]}.
        origin: where a leaf came from, in words, by argument leaf.
    """

    act: str
    target: str
    arguments: Any
    effect: str = "internal"
    idempotent: bool = True
    cost_minor: int = 0
    labels: dict[str, list[str]] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    tool: ToolSpec | None = None
    hidden: tuple[str, ...] = ()
    """Dotted paths of arguments that are performed but not stored."""
    veils: dict[str, str] = field(default_factory=dict)
    """What stands for each personal argument in the digest, by JSON pointer."""
    objection: str = ""
    """Why the call can't be considered at all; it is recorded as denied with this reason."""

    @cached_property
    def canonical(self) -> bytes:
        """Canonical bytes of what is asked: sorted keys, no spaces (RFC 8785 for our profile).

        Personal arguments are not among them: what stands for each is.
        """
        asked = {
            "act": self.act,
            "target": self.target,
            "arguments": self.arguments,
            "labels": self.labels,
        }
        if self.veils:
            asked |= {"arguments": _veiled(self.arguments, self.veils), "veils": self.veils}
        return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)

    def as_json(self) -> dict[str, Any]:
        """What is asked, for people to compare."""
        return {"act": self.act, "target": self.target, "arguments": self.bounded}

    @property
    def bounded(self) -> Any:
        """The arguments as stored: hidden leaves left out, of what is too large only the size."""
        if len(self.canonical) <= LARGEST_ARGUMENTS:
            return hide(self.arguments, self.hidden)
        return {"omitted_bytes": len(self.canonical), "sha256": self.digest}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical call, in hex."""
        return hashlib.sha256(self.canonical).hexdigest()


def _veiled(value: Any, veils: dict[str, str], pointer: str = "") -> Any:
    """A copy of a JSON value without the leaves at these pointers."""
    if pointer in veils:
        return None
    if isinstance(value, dict):
        return {
            key: _veiled(held, veils, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
            for key, held in value.items()
        }
    if isinstance(value, list | tuple):
        return [_veiled(held, veils, f"{pointer}/{at}") for at, held in enumerate(value)]
    return value


def hide(value: Any, paths: tuple[str, ...]) -> Any:
    """A copy of a JSON value with the leaves at these dotted paths replaced; `*` is any name."""
    for path in paths:
        value = _hide_at(value, path.split("."))
    return value


def _hide_at(value: Any, parts: list[str]) -> Any:
    if not parts:
        return CONCEALED
    if not isinstance(value, dict):
        return value
    name, rest = parts[0], parts[1:]
    return {
        key: _hide_at(held, rest) if name in {"*", key} else held for key, held in value.items()
    }


def title_of(call: Call) -> str:
    """A line for people: the tool's sentence with the plain values of the arguments.

    Personal ones are left out: the line is kept where nothing is erased.
    """
    what = call.tool.title if call.tool else f"{call.act} {call.target}"
    if not isinstance(call.arguments, dict):
        return what[:300]
    shown = [
        f"{name} {value}"
        for name, value in call.arguments.items()
        if isinstance(value, str | int)
        and len(str(value)) <= SHOWN
        and PERSONAL not in labels_at(call.labels, name)
    ]
    return f"{what}: {', '.join(shown)}"[:300] if shown else what[:300]
