"""Telling the digest of a payload from a text that only looks like one; pure.

Whoever verifies takes every value of the form `sha256:` and 64 hexadecimal digits in an entry for a
reference to a payload. So only what the payload store gave out (a `Digest`) may stand in an entry
in that form: any other text of it, such as a title that somebody chose, gets a backslash before it.
"""

from __future__ import annotations

import re
from typing import Any

from audit.canonical import DEEPEST

SHORTEST = len("sha256:") + 64
"""Characters of a digest; no shorter text can be mistaken for one."""

_LOOKS_LIKE = re.compile(r"\\*sha256:[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ESCAPED = re.compile(r"\\+sha256:[0-9a-f]{64}")


class Digest(str):
    """The digest of a payload, as the payload store gave it out."""

    __slots__ = ()


def told(value: Any, depth: int = 0) -> Any:
    """A JSON value as entries say it: digests as they are, and what looks like one escaped.

    Keys stay as they are: nobody takes them for digests. What is nested too deep for an entry is
    left alone, since it will be refused.
    """
    kind = type(value)
    if kind is str:
        return escaped(value)
    if kind is Digest:
        return str(value)
    if kind is dict and depth < DEEPEST:
        return {name: told(item, depth + 1) for name, item in value.items()}
    if kind in (list, tuple) and depth < DEEPEST:
        return [told(item, depth + 1) for item in value]
    return value


def escaped(text: str) -> str:
    """The text with a backslash before it if it could be taken for a digest, or is so escaped."""
    return f"\\{text}" if len(text) >= SHORTEST and _LOOKS_LIKE.fullmatch(text) else text


def meant(value: Any) -> Any:
    """What an entry says, without the escapes: the inverse of `told`."""
    kind = type(value)
    if kind is str:
        return value[1:] if len(value) > SHORTEST and _ESCAPED.fullmatch(value) else value
    if kind is dict:
        return {name: meant(item) for name, item in value.items()}
    if kind is list:
        return [meant(item) for item in value]
    return value


def stored(text: str) -> str:
    """A text from a column that holds nothing but digests, as a digest; any other as it is."""
    return Digest(text) if _DIGEST.fullmatch(text) else text
