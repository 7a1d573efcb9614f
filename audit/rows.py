"""Checking one stored entry: its body against its hash, and every column against its body; pure.

The row comes as PostgreSQL's COPY writes it, which is the quickest way to read a million of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from audit.entries import COLUMNS, stamp

_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
NULL = "\x00"
"""Stands for an absent value; no text in PostgreSQL can hold it."""

_ABSENT = "\\N"

_TEXTS = {
    "occurred_at": f"to_char(e.occurred_at at time zone 'UTC', '{_INSTANT}')",
    "payload": "'sha256:' || encode(e.payload, 'hex')",
}
_STAMPED = {
    "recorded_at": f"to_char(e.recorded_at at time zone 'UTC', '{_INSTANT}')",
    "id": "e.id",
    "xid": "e.xid",
}
SELECTED = ", ".join(
    [
        "encode(e.leaf_hash, 'hex')",
        *_STAMPED.values(),
        *(_TEXTS.get(name, f"e.{name}") for name in COLUMNS),
        "e.body",
    ]
)
"""What a query must select, from `audit_entry e`, for `check_row`."""

_NAMES = list(COLUMNS)
_AHEAD = 1 + len(_STAMPED)
_ENTRY_ID = len(_STAMPED) + _NAMES.index("entry_id")
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


def fields(line: str) -> list[str]:
    """The fields of one line of COPY text; an absent value is NULL."""
    found = line.split("\t")
    if "\\" not in line:
        return found
    return [_field(value) if "\\" in value else value for value in found]


def _field(value: str) -> str:
    return NULL if value == _ABSENT else _unescape(value)


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


def check_row(values: list[str]) -> CheckedRow:
    """Check one row given as the texts of SELECTED."""
    body = values[-1]
    leaf = sha256(b"\x00" + body.encode()).digest()
    faults = [] if leaf.hex() == values[0] else ["the body does not match its leaf hash"]
    try:
        said: dict[str, Any] = orjson.loads(body)
        stamped = stamp(said)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        fault = "the body is no entry"
        return CheckedRow(leaf, "", 0, values[_AHEAD], (*faults, fault))
    expected = [stamped.at, str(stamped.id), str(stamped.xid)]
    expected += [_text(said.get(name)) for name in _NAMES]
    if expected != values[1:-1]:
        faults += _differences(expected, values[1:-1])
    return CheckedRow(leaf, stamped.writer, stamped.number, expected[_ENTRY_ID], tuple(faults))


def _differences(expected: list[str], stored: list[str]) -> list[str]:
    names = [*_STAMPED, *_NAMES]
    return [
        _differs(name, said, held)
        for name, said, held in zip(names, expected, stored, strict=True)
        if said != held
    ]


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    return NULL if value is None else str(value)


def _differs(name: str, said: str, stored: str) -> str:
    shown, wanted = ("nothing" if text == NULL else repr(text) for text in (stored, said))
    return f"column {name} holds {shown} and the body says {wanted}"
