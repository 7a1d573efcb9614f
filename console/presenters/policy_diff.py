"""The difference between two texts of policies: side by side, one below the other on a phone. Pure.

A run of lines that changed is one row with its old lines on one side and the new ones on the other,
so that the same markup reads as a unified diff when the two sides stand below each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from orchestration.policy.textual import DiffLine, TextChange

CONTEXT = 3
"""Unchanged lines shown around a change; longer runs are folded."""
WORDS = {"added": "New", "removed": "Taken out", "changed": "Changed"}
TONES = {"added": "allow", "removed": "deny", "changed": "accent"}


def files(changes: Iterable[TextChange]) -> list[dict[str, Any]]:
    """Each changed policy with its hunks, for policies/diff.html."""
    return [
        {
            "key": one.key,
            "kind": one.kind,
            "label": WORDS[one.kind],
            "tone": TONES[one.kind],
            "added": sum(line.kind == "added" for line in one.lines),
            "removed": sum(line.kind == "removed" for line in one.lines),
            "hunks": list(_hunks(one.lines)),
        }
        for one in changes
    ]


def _hunks(lines: Sequence[DiffLine]) -> Iterator[dict[str, Any]]:
    runs = [(same, list(run)) for same, run in groupby(lines, lambda one: one.kind == "same")]
    for at, (same, run) in enumerate(runs):
        if same:
            yield from _around(run, first=at == 0, last=at == len(runs) - 1)
        else:
            yield {
                "kind": "change",
                "old": [_line(one.old_no, one.text) for one in run if one.kind == "removed"],
                "new": [_line(one.new_no, one.text) for one in run if one.kind == "added"],
            }


def _around(run: list[DiffLine], *, first: bool, last: bool) -> Iterator[dict[str, Any]]:
    """An unchanged run: its ends beside changes are shown, its middle is folded."""
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    if len(run) <= head + tail + 1:
        yield _same("same", run)
        return
    if head:
        yield _same("same", run[:head])
    yield _same("folded", run[head : len(run) - tail])
    if tail:
        yield _same("same", run[len(run) - tail :])


def _same(kind: str, run: list[DiffLine]) -> dict[str, Any]:
    return {
        "kind": kind,
        "old": [_line(one.old_no, one.text) for one in run],
        "new": [_line(one.new_no, one.text) for one in run],
    }


def _line(number: int, text: str) -> dict[str, Any]:
    return {"number": number, "text": text}
