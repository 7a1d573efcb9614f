"""A goal as it stood after one of its entries, and what that entry changed, for people. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from audit.models import Entry
from audit.payloads import ERASED
from console.presenters.ledger import actor, address, subject
from console.queries.ledger import Names
from orchestration.policy.personal import without_subjects
from orchestration.reconstruction.moments import FieldChange, Moment, SubjectChange
from orchestration.reconstruction.state import State, Subject

KINDS = {
    "goal": ("Goal", ("title", "state", "round")),
    "task": ("Tasks", ("key", "title", "state", "agent_id")),
    "step": ("Steps", ("target", "state", "decision", "task_id", "agent_id")),
    "approval": ("Approvals", ("title", "state", "granted", "quorum")),
    "vote": ("Answers", ("approval_id", "decision", "person_id")),
    "board": ("Blackboard", ("key", "version", "value")),
    "message": ("Messages", ("topic", "sender_id", "recipient_id")),
}
"""Kinds of subjects: the heading, and the fields that stand in the table, as far as they exist."""

HEADINGS = {
    "agent_id": "agent",
    "task_id": "task",
    "approval_id": "approval",
    "person_id": "person",
}
MOST_ROWS = 200
LONGEST = 300
LONGEST_CELL = 60
SHORT = 8


def address_of(goal: object, **more: object) -> str:
    """The page of a goal at a moment."""
    query = "&".join(f"{name}={value}" for name, value in {"goal": goal, **more}.items() if value)
    return f"{reverse('reconstruct')}?{query}"


def digests(found: Moment, changes: Sequence[SubjectChange]) -> Iterable[Any]:
    """Every value that may stand for a text: of what changed, and then of the state."""
    for change in changes:
        for field in change.fields:
            yield from (field.before, field.after)
    for of_kind in found.state.subjects.values():
        for one in of_kind.values():
            yield from one.fields.values()


class Words:
    """Turns stored values into words: digests into their texts, ids into names."""

    def __init__(self, texts: Mapping[str, Any], agents: Mapping[str, str], state: State) -> None:
        self._texts = texts
        self._names = dict(agents)
        for key, task in state.of("task").items():
            self._names[key] = str(task.fields.get("key") or task.fields.get("title") or key)

    def of(self, value: Any, longest: int = LONGEST) -> dict[str, Any]:
        """A value: its text, cut to a length with the whole of it beside, and whether erased."""
        found = self._texts.get(value, value) if isinstance(value, str) else value
        if isinstance(found, dict | list):
            found = _readable(found)
        if found == ERASED:
            return {"text": "", "erased": True, "full": ""}
        if found is None or found in ("", [], {}):
            return {"text": "", "erased": False, "full": ""}
        text = self._names.get(found, found) if isinstance(found, str) else _plain(found)
        cut = f"{text[:longest]}…" if len(text) > longest else text
        return {"text": cut, "erased": False, "full": text}

    def name(self, key: str) -> str:
        """What a subject is called."""
        return self._names.get(key, key[-SHORT:])


def _readable(value: Any) -> Any:
    """A copy without labels that name whose personal data something is."""
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        hidden = set(texts) - set(without_subjects(texts))
        return [
            _readable(item) for item in value if not isinstance(item, str) or item not in hidden
        ]
    return value


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def head(found: Moment, names: Names, title: str) -> dict[str, Any]:
    """The entry after which the goal is shown, and the ways to its neighbours."""
    entry = found.entry
    return {
        "goal": title,
        "kind": entry.kind,
        "sentence": f"{actor(entry, names)}, {subject(entry, names)}",
        "at": entry.recorded_at,
        "index": names.indexes.get(entry.id),
        "number": found.number,
        "total": found.total,
        "entry_url": address(sel=entry.entry_id, q=f"goal:{found.goal}"),
        "flow_url": reverse("flow", args=[found.goal]),
        "previous_url": address_of(found.goal, at=found.previous),
        "next_url": address_of(found.goal, at=found.next),
        "first_url": address_of(found.goal, at=found.first),
        "last_url": address_of(found.goal, at=found.last),
        "has_previous": found.previous is not None,
        "has_next": found.next is not None,
    }


def change(one: SubjectChange, words: Words) -> dict[str, Any]:
    """What became of one subject: each field before and after."""
    return {
        "kind": one.kind.replace("_", " "),
        "name": words.name(one.id),
        "id": one.id,
        "created": one.created,
        "fields": [_field(field, words, created=one.created) for field in one.fields],
    }


def _field(field: FieldChange, words: Words, *, created: bool) -> dict[str, Any]:
    return {
        "name": field.name,
        "before": None if created else words.of(field.before),
        "after": words.of(field.after),
    }


def tables(state: State, words: Words, changed: Iterable[str]) -> list[dict[str, Any]]:
    """The state by kind of subject; subjects that the entry changed are marked."""
    marked = set(changed)
    found = []
    for kind, (heading, columns) in KINDS.items():
        rows = list(state.of(kind).values())
        if not rows:
            continue
        used = [name for name in columns if any(name in row.fields for row in rows)]
        found.append(
            {
                "kind": kind,
                "heading": heading,
                "count": len(rows),
                "columns": [HEADINGS.get(name, name) for name in used],
                "rows": [_row(row, used, words, row.id in marked) for row in rows[:MOST_ROWS]],
                "more": max(0, len(rows) - MOST_ROWS),
            }
        )
    return found


def _row(one: Subject, columns: Sequence[str], words: Words, changed: bool) -> dict[str, Any]:
    return {
        "name": words.name(one.id),
        "id": one.id,
        "revision": one.revision,
        "changed": changed,
        "cells": [words.of(one.fields.get(name), LONGEST_CELL) for name in columns],
        "fields": [{"name": name, **words.of(value)} for name, value in sorted(one.fields.items())],
    }


def around(entries: Sequence[Entry], found: Moment, names: Names) -> list[dict[str, Any]]:
    """The entries around the moment, to step to."""
    return [
        {
            "kind": entry.kind,
            "text": f"{actor(entry, names)}, {subject(entry, names)}",
            "at": entry.recorded_at,
            "url": address_of(found.goal, at=entry.id),
            "current": entry.id == found.at,
            "later": entry.id > found.at,
        }
        for entry in entries
    ]
