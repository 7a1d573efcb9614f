"""What a half-typed word of a search may become: qualifiers by name, and their values. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from audit.queries import DECISIONS, QUALIFIERS, quoted

MOST = 8
TIMES = (
    ("15m", "the last 15 minutes"),
    ("1h", "the last hour"),
    ("24h", "the last 24 hours"),
    ("7d", "the last 7 days"),
    ("2026-11-21", "a day, written so"),
    ("2026-11-21T14:05", "a minute, written so"),
)


def items(word: str, values: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """The suggestions for a word; `values` are those found for its qualifier, with a note."""
    minus = "-" if word.startswith("-") else ""
    name, colon, begun = word.lstrip("-").partition(":")
    if not colon:
        names = ("kind",) if minus else QUALIFIERS
        fitting = [one for one in names if one.startswith(name)]
        return [{"insert": f"{minus}{one}:", "note": QUALIFIERS[one]} for one in fitting][:MOST]
    known = [*_fixed(name, begun.strip('"')), *values]
    return [
        {"insert": f"{minus}{name}:{quoted(value)}", "note": note} for value, note in known[:MOST]
    ]


def _fixed(name: str, begun: str) -> list[tuple[str, str]]:
    """Values that are the same for everybody."""
    if name == "decision":
        return [(one, "") for one in DECISIONS if one.startswith(begun)]
    if name in ("after", "before"):
        return [(value, note) for value, note in TIMES if value.startswith(begun)]
    return []
