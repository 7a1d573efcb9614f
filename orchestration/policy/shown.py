"""The values of a request as they are kept with a decision: short, and nothing personal."""

from __future__ import annotations

from typing import Any

import orjson

from orchestration.policy.request import Request

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

Path = tuple[str, ...]

WITHHELD = {"withheld": "personal"}
"""Stands where a value is labelled personal; the decision input holds the value itself."""

_INLINE = 200


class Shown:
    """The values of one request, each looked up once however many rules read it."""

    __slots__ = ("_known", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self._known: dict[Path, tuple[str, Json]] = {}

    def at(self, paths: tuple[Path, ...]) -> dict[str, Json]:
        """Values by dotted path, cut to a size worth keeping; personal ones are WITHHELD."""
        known = self._known
        for path in paths:
            if path not in known:
                known[path] = (".".join(path), self._value(path))
        return dict([known[path] for path in paths])

    def _value(self, path: Path) -> Json:
        if path[:2] == ("act", "arguments") and self._is_personal(".".join(path[2:])):
            return WITHHELD
        return _brief(self.request.lookup(path))

    def _is_personal(self, leaf: str) -> bool:
        return any(
            "personal" in labels and _overlaps(leaf, name)
            for name, labels in self.request.act["labels"].items()
        )


def _overlaps(one: str, other: str) -> bool:
    return (
        not one
        or not other
        or one == other
        or one.startswith(other + ".")
        or other.startswith(one + ".")
    )


def _brief(value: Json) -> Json:
    if isinstance(value, str):
        return value if len(value) <= _INLINE else value[:_INLINE] + "…"
    if not isinstance(value, dict | list):
        return value
    size = len(orjson.dumps(value))
    return value if size <= _INLINE else {"bytes": size}
