"""The part of Markdown that pages of packs are written in, as blocks for a template. Pure.

Headings, paragraphs, tables and lists; inline code and nothing else. No HTML passes: a template
escapes every piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

CODE = re.compile(r"`([^`]+)`")
HEADING = re.compile(r"(#{1,4}) (.*)")
RULE = re.compile(r"\|?[\s:|-]+\|?")

Pieces = list[tuple[str, str]]
"""Pairs of style and text: `code` for words in backticks, empty for the rest."""


def blocks(text: str) -> list[dict[str, Any]]:
    """The blocks of a text in order; the first heading is left out, as the page has it already."""
    groups = (list(run) for filled, run in groupby(text.splitlines(), bool) if filled)
    found = [block for group in groups for block in _of(group)]
    return found[1:] if found and found[0]["kind"] == "heading" else found


def pieces(text: str) -> Pieces:
    """A line with its words in backticks set apart."""
    parts = CODE.split(text)
    return [("code" if at % 2 else "", part) for at, part in enumerate(parts) if part]


def _of(lines: list[str]) -> Iterator[dict[str, Any]]:
    heading = HEADING.fullmatch(lines[0])
    if heading:
        yield {"kind": "heading", "level": len(heading[1]), "text": heading[2]}
        if lines[1:]:
            yield from _of(lines[1:])
    elif lines[0].startswith("|"):
        rows = [_cells(line) for line in lines if not RULE.fullmatch(line)]
        yield {"kind": "table", "head": rows[0], "rows": rows[1:]}
    elif lines[0].startswith(("- ", "* ")):
        yield {"kind": "list", "items": [pieces(one) for one in _items(lines)]}
    else:
        yield {"kind": "text", "pieces": pieces(" ".join(line.strip() for line in lines))}


def _cells(line: str) -> list[Pieces]:
    return [pieces(cell.strip()) for cell in line.strip().strip("|").split("|")]


def _items(lines: list[str]) -> list[str]:
    """List items, with lines that go on joined to theirs."""
    items: list[str] = []
    for line in lines:
        if line.startswith(("- ", "* ")):
            items.append(line[2:])
        elif items:
            items[-1] += f" {line.strip()}"
    return items
