"""The canonical bytes of an entry: one JSON text for one value (RFC 8785, within a profile); pure.

Inside the profile `orjson` with sorted keys writes exactly what RFC 8785 asks for. Outside it the
two differ (floats, keys beyond ASCII), so the profile is enforced before anything is hashed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from audit.errors import ProfileViolation

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""

DEEPEST = 32
"""Levels of nesting at most."""

LONGEST_BODY = 60_000
"""Bytes of one entry's canonical text at most; larger values belong in the payload store."""


def canonical(value: dict[str, Any]) -> bytes:
    """The canonical bytes of an object; raises ProfileViolation, naming the place."""
    check_profile(value)
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if len(text) > LONGEST_BODY:
        raise ProfileViolation(f"{len(text)} bytes are more than {LONGEST_BODY}: store a payload")
    return text


def check_profile(value: Any, path: str = "", depth: int = 0) -> None:
    """Refuse what two JSON writers could write differently: floats, huge numbers, odd keys."""
    kind = type(value)
    if kind is str:
        _check_text(value, path)
    elif kind is dict:
        _check_object(value, path, depth)
    elif kind is list or kind is tuple:
        _check_depth(path, depth)
        for position, item in enumerate(value):
            check_profile(item, f"{path}/{position}", depth + 1)
    elif kind is int:
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise ProfileViolation(f"{path or '/'}: {value} is beyond 2^53; write it as text")
    elif value is not None and kind is not bool:
        raise ProfileViolation(f"{path or '/'}: a {kind.__name__} has no canonical form here")


def _check_object(value: dict[Any, Any], path: str, depth: int) -> None:
    _check_depth(path, depth)
    for key, item in value.items():
        if type(key) is not str or not key.isascii():
            raise ProfileViolation(f"{path or '/'}: key {key!r} is not ASCII text")
        _check_text(key, path)
        check_profile(item, f"{path}/{key}", depth + 1)


def _check_depth(path: str, depth: int) -> None:
    if depth >= DEEPEST:
        raise ProfileViolation(f"{path}: nested deeper than {DEEPEST}")


def _check_text(value: str, path: str) -> None:
    if "\x00" in value:
        raise ProfileViolation(f"{path or '/'}: text holds a zero character")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ProfileViolation(f"{path or '/'}: text holds half a surrogate pair")


def instant(moment: datetime) -> str:
    """A moment as the ledger writes it: UTC, microseconds, `Z`."""
    if moment.tzinfo is None:
        raise ProfileViolation("a moment without a time zone is no evidence")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
