"""Checking one stored entry: its body against its hash, and every column against its body; pure.

The row comes as texts, so that nothing is lost between what the table holds and what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from audit.entries import COLUMNS, stamp

_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
_ABSENT = "\\N"

_TEXTS = {
    "occurred_at": f"to_char(e.occurred_at at time zone 'UTC', '{_INSTANT}')",
    "payload": "'sha256:' || encode(e.payload, 'hex')",
}
_STAMPED = {
    "recorded_at": f"to_char(e.recorded_at at time zone 'UTC', '{_INSTANT}')",
    "id": "e.id::text",
    "xid": "e.xid::text",
}
SELECTED = ", ".join(
    [
        "encode(e.leaf_hash, 'hex')",
        *_STAMPED.values(),
        *(_TEXTS.get(name, f"e.{name}::text") for name in COLUMNS),
        "e.body",
    ]
)
"""What a query must select, from `audit_entry e`, for `check_row`."""

_NAMES = list(COLUMNS)
_AHEAD = 1 + len(_STAMPED)
_NUMBERS = (1, 2, len(_STAMPED) + _NAMES.index("revision"))
"""Places of whole numbers among what is compared; the rest of a body's values are texts."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}


@dataclass(frozen=True)
class CheckedRow:
    """What a row turned out to be.

    Attributes:
        leaf: the leaf hash derived from its body.
        writer, number: who wrote it as which of its entries.
        entry_id: as its body says, or as its column says if the body is unreadable.
        faults: what is wrong, in words; empty when all is well.
    """

    leaf: bytes
    writer: str
    number: int
    entry_id: str
    faults: tuple[str, ...]


Texts = Sequence[str | None]
"""The values of SELECTED as texts; what is absent is None."""


def fields(line: str) -> list[str | None]:
    """The fields of one line of COPY text."""
    found = line.split("\t")
    if "\\" not in line:
        return [*found]
    return [_field(value) if "\\" in value else value for value in found]


def _field(value: str) -> str | None:
    return None if value == _ABSENT else _unescape(value)


def _unescape(value: str) -> str:
    parts = value.split("\\")
    text = [parts[0]]
    position = 1
    while position < len(parts):
        part = parts[position]
        if part:
            text.append(_ESCAPES.get(part[0], part[0]) + part[1:])
        else:
            position += 1
            text.append("\\" + (parts[position] if position < len(parts) else ""))
        position += 1
    return "".join(text)


def check_row(values: Texts) -> CheckedRow:
    """Check one row given as the texts of SELECTED."""
    body = values[-1] or ""
    leaf = sha256(b"\x00" + body.encode()).digest()
    faults = [] if leaf.hex() == values[0] else ["the body does not match its leaf hash"]
    try:
        said: dict[str, Any] = orjson.loads(body)
        stamped = stamp(said)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        fault = "the body is no entry"
        return CheckedRow(leaf, "", 0, values[_AHEAD] or "", (*faults, fault))
    expected = [stamped.at, stamped.id, stamped.xid, *map(said.get, _NAMES)]
    for place in _NUMBERS:
        expected[place] = _text(expected[place])
    if expected != values[1:-1]:
        faults += _differences(expected, values[1:-1])
    entry_id = str(said.get("entry_id"))
    return CheckedRow(leaf, stamped.writer, stamped.number, entry_id, tuple(faults))


def _differences(expected: Sequence[Any], stored: Texts) -> list[str]:
    names = [*_STAMPED, *_NAMES]
    return [
        _differs(name, _text(said), held)
        for name, said, held in zip(names, expected, stored, strict=True)
        if _text(said) != held
    ]


def _text(value: Any) -> str | None:
    return value if value is None or type(value) is str else str(value)


def _differs(name: str, said: str | None, stored: str | None) -> str:
    shown, wanted = ("nothing" if text is None else repr(text) for text in (stored, said))
    return f"column {name} holds {shown} and the body says {wanted}"
