"""One entry of the ledger as its drawer reads it: its payload, and what led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from audit import payloads, reading
from audit.errors import PayloadAltered
from audit.models import Entry
from audit.reading import Filters
from console.queries.ledger import Opened, is_id
from orchestration.access.roles import ledger_scopes
from orchestration.access.rows import approvals_for, steps_for
from orchestration.models import Person, Vote

MOST_ANSWERS = 20
GIVEN = ("task.added", "task.awarded")
"""What happened to a task before anybody worked on it."""


def opened(person: Person, key: UUID) -> Opened | None:
    """One entry with its payload and causes; None when the person may not see it."""
    scopes = ledger_scopes(person)
    entry = reading.find(scopes, key)
    if entry is None:
        return None
    payload, fault = _payload(entry)
    return Opened(entry, payload, _causes(person, scopes, entry), fault)


def _payload(entry: Entry) -> tuple[Any, str]:
    """The payload, or a sentence on why it is not shown."""
    if not entry.payload:
        return None, ""
    digest = f"sha256:{bytes(entry.payload).hex()}"
    try:
        stored = payloads.load_many([digest])
    except PayloadAltered:
        return None, "This payload is not the one that was written. Verify the entry."
    if digest not in stored:
        return None, "This payload was removed; its digest stays in the body."
    return stored[digest], ""


def _causes(person: Person, scopes: Sequence[str], entry: Entry) -> list[Entry]:
    """What led to an entry: the goal's opening, the task, how the step was decided, what people
    answered, and the causes written down."""
    found = [
        *_tasked(person, scopes, entry),
        *_decided(scopes, entry),
        *_answers(person, scopes, entry),
        *reading.causes(scopes, entry),
        *_opening(scopes, entry),
    ]
    return list({one.id: one for one in found if one.id != entry.id}.values())


def _step_of(entry: Entry) -> str:
    """The step that an entry is about, or the one whose decision stands behind it."""
    if entry.subject_kind == "step":
        return entry.subject_id
    return entry.decision if entry.decision and is_id(entry.decision) else ""


def _tasked(person: Person, scopes: Sequence[str], entry: Entry) -> Iterator[Entry]:
    """Who added the task to the plan, and whose it became."""
    step = _step_of(entry)
    tasks = steps_for(person).filter(pk=step).values_list("task_id", flat=True) if step else ()
    keys = [str(one) for one in tasks]
    keys += [entry.subject_id] if entry.subject_kind == "task" else []
    for key in keys:
        about = reading.matching(scopes, Filters(subject=key, kinds=GIVEN))
        yield from about.filter(id__lt=entry.id).order_by("-id")[: len(GIVEN)]


def _decided(scopes: Sequence[str], entry: Entry) -> Iterator[Entry]:
    """Earlier entries of the step: how it was decided, held, begun."""
    step = _step_of(entry)
    if step:
        about = reading.matching(scopes, Filters(subject=step, subject_kind="step"))
        yield from about.filter(id__lt=entry.id).order_by("-id")[:MOST_ANSWERS]


def _answers(person: Person, scopes: Sequence[str], entry: Entry) -> Iterator[Entry]:
    """What people were asked about the step and answered, before this entry."""
    step = _step_of(entry)
    asked = approvals_for(person).filter(step_id=step) if step else ()
    keys = [str(one.pk) for one in asked]
    keys += [entry.subject_id] if entry.subject_kind == "approval" else []
    votes = Vote.objects.filter(approval_id__in=keys).values_list("pk", flat=True)
    for key in dict.fromkeys([*keys, *map(str, votes)]):
        about = reading.matching(scopes, Filters(subject=key))
        yield from about.filter(id__lt=entry.id).order_by("-id")[:MOST_ANSWERS]


def _opening(scopes: Sequence[str], entry: Entry) -> Iterator[Entry]:
    """The entry that opened the goal."""
    if entry.goal is not None:
        about = Filters(goal=str(entry.goal), kinds=("goal.opened",))
        yield from reading.matching(scopes, about).filter(id__lte=entry.id).order_by("id")[:1]
