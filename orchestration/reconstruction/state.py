"""Folding entries into the state they tell of, by subject and revision. Pure.

An entry that set fields carries the subject's new revision. The first one of a subject sets all of
its fields and has revision 1; each later one raises the revision by one. So the entries of a
subject, put in the order of their revisions, give each of its past states, and a missing one shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]

BESIDE: Mapping[str, tuple[str, ...]] = {
    "task": ("needs",),
    "bundle": ("versions",),
    "goal": ("budget",),
}
"""What entries tell about a kind of subject beside its own fields: rows of other tables."""

SUBJECT_OF_STEP = ("scope", "goal_id")
"""Fields of a step that its entries hold as columns only."""


@dataclass(frozen=True)
class Telling:
    """An entry that says what became of a subject.

    Attributes:
        at: the entry's id, which orders the ledger. entry_id: its name.
        kind: what happened. subject_kind, subject_id, revision: to what, and its new revision.
        scope, goal: where it belongs. data: what the entry says beyond its columns.
    """

    at: int
    entry_id: str
    kind: str
    subject_kind: str
    subject_id: str
    revision: int
    scope: str
    goal: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """A subject as its entries leave it; free text is named by its digest in the payload store."""

    kind: str
    id: str
    revision: int
    fields: Fields
    at: int


@dataclass
class State:
    """Everything that was told of: subjects by kind and id, and sentences on what is missing."""

    subjects: dict[str, dict[str, Subject]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Subject]:
        """The subjects of a kind, by id."""
        return self.subjects.get(kind, {})


def rebuild(tellings: Iterable[Telling]) -> State:
    """The state after these entries, which may come in any order."""
    by_subject: dict[tuple[str, str], list[Telling]] = defaultdict(list)
    for telling in tellings:
        if "set" in telling.data:
            by_subject[(telling.subject_kind, telling.subject_id)].append(telling)
    state = State()
    for (kind, key), told in sorted(by_subject.items()):
        ordered = sorted(told, key=lambda one: (one.revision, one.at))
        state.gaps += _gaps(ordered)
        state.subjects.setdefault(kind, {})[key] = _fold(kind, ordered)
    return state


def _gaps(ordered: list[Telling]) -> list[str]:
    """What is missing or told twice among a subject's entries, as sentences."""
    found = []
    expected = 1
    for telling in ordered:
        about = f"{telling.subject_kind} {telling.subject_id}"
        if telling.revision < expected:
            found.append(f"{about}: revision {telling.revision} is told twice")
        elif telling.revision > expected:
            found.append(f"{about}: nothing tells of revision {expected}")
        expected = max(expected, telling.revision + 1)
    return found


def _fold(kind: str, ordered: list[Telling]) -> Subject:
    fields: Fields = {}
    for telling in ordered:
        fields |= telling.data["set"]
        for name in BESIDE.get(kind, ()):
            if name in telling.data:
                fields[name] = telling.data[name]
        if kind == "step":
            fields |= _of_step(telling)
    last = ordered[-1]
    return Subject(kind, last.subject_id, last.revision, fields, last.at)


def _of_step(telling: Telling) -> Fields:
    """A step's unit and goal, and the entry in which it was last decided."""
    found: Fields = dict(zip(SUBJECT_OF_STEP, (telling.scope, telling.goal), strict=True))
    if "decision" in telling.data["set"]:
        found["entry"] = telling.entry_id
    return found
