"""Folding entries into the state they tell of, by subject and revision. Pure.

An entry that set fields carries the subject's new revision. The first one of a subject sets all of
its fields and has revision 1; each later one raises the revision by one. So the entries of a
subject, put in the order of their revisions, give each of its past states, and a missing one shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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

TOLD_ALONG: Mapping[str, str] = {"posted": "board", "sent": "message"}
"""What a step's entry tells of beside the step: kinds of subjects by their name in its data."""

ROLES: Mapping[str, str] = {"role.granted": "held", "role.withdrawn": "withdrawn"}
"""Kinds of entries that tell of a membership, which has no revision, and what it is afterwards."""


@dataclass(frozen=True)
class Telling:
    """An entry that says what became of a subject.

    Attributes:
        at: the entry's id, which orders the ledger. entry_id: its name.
        kind: what happened. subject_kind, subject_id, revision: to what, and its new revision, if
            it has one.
        scope, goal: where it belongs. data: what the entry says beyond its columns.
    """

    at: int
    entry_id: str
    kind: str
    subject_kind: str
    subject_id: str
    revision: int | None
    scope: str
    goal: str | None
    data: Mapping[str, Any]


Histories = dict[tuple[str, str], list[Telling]]
"""What is told of each subject, by its kind and id, in the order of its revisions."""


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
    return state_of(by_subject(tellings))


def state_of(histories: Histories) -> State:
    """The state after what is told of each subject."""
    state = State()
    for (kind, key), told in sorted(histories.items()):
        state.gaps += _gaps(told)
        state.subjects.setdefault(kind, {})[key] = fold(told)
    return state


def by_subject(tellings: Iterable[Telling]) -> Histories:
    """What is told of each subject, by its kind and id, in the order of its revisions."""
    found: Histories = defaultdict(list)
    for telling in tellings:
        for one in spelled_out(telling):
            found[(one.subject_kind, one.subject_id)].append(one)
    for told in found.values():
        told.sort(key=lambda one: (one.revision or 0, one.at))
    return found


def spelled_out(telling: Telling) -> Iterator[Telling]:
    """One telling for each subject that an entry tells of; none if it set nothing."""
    if telling.kind in ROLES and "unit" in telling.data:
        yield _membership(telling)
    elif "set" in telling.data and telling.revision is not None:
        yield telling
    for name, kind in TOLD_ALONG.items():
        for one in telling.data.get(name, ()):
            yield replace(
                telling,
                subject_kind=kind,
                subject_id=one["id"],
                revision=one["revision"],
                data={"set": {"goal_id": telling.goal, **one["set"]}},
            )


def _membership(telling: Telling) -> Telling:
    unit, role = telling.data["unit"], telling.data["role"]
    said = {"person": telling.subject_id, "unit": unit, "role": role, "state": ROLES[telling.kind]}
    key = f"{telling.subject_id} {role} {unit}"
    return replace(telling, subject_kind="membership", subject_id=key, data={"set": said})


def _gaps(ordered: list[Telling]) -> list[str]:
    """What is missing or told twice among a subject's entries, as sentences."""
    found = []
    expected = 1
    for telling in ordered:
        if telling.revision is None:
            continue
        about = f"{telling.subject_kind} {telling.subject_id}"
        if telling.revision < expected:
            found.append(f"{about}: revision {telling.revision} is told twice")
        elif telling.revision > expected:
            found.append(f"{about}: nothing tells of revision {expected}")
        expected = max(expected, telling.revision + 1)
    return found


def fold(ordered: Sequence[Telling]) -> Subject:
    """A subject after these entries about it, of which there is at least one, in their order."""
    fields: Fields = {}
    last = ordered[-1]
    beside = BESIDE.get(last.subject_kind, ())
    for telling in ordered:
        fields |= telling.data["set"]
        for name in beside:
            if name in telling.data:
                fields[name] = telling.data[name]
        if last.subject_kind == "step":
            fields |= _of_step(telling)
    return Subject(last.subject_kind, last.subject_id, last.revision or 1, fields, last.at)


def _of_step(telling: Telling) -> Fields:
    """A step's unit and goal, and the entry in which it was last decided."""
    found: Fields = dict(zip(SUBJECT_OF_STEP, (telling.scope, telling.goal), strict=True))
    if "decision" in telling.data["set"]:
        found["entry"] = telling.entry_id
    return found
