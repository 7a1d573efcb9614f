"""What the page of past states reads: a goal after any of its entries, and what differs since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit import payloads, reading
from audit.errors import PayloadAltered
from audit.models import Entry
from audit.reading import Filters
from orchestration.access.roles import ledger_scopes
from orchestration.access.rows import agents_for, goals_for
from orchestration.models import Goal, Person
from orchestration.reconstruction.moments import Moment, SubjectChange, difference, moment
from orchestration.reconstruction.state import State

DIGEST = "sha256:"
MOST_TEXTS = 800
GOALS = 30
_SAME_TRANSACTION = "xid = (select e.xid from audit_entry e where e.id = %s limit 1)"


@dataclass(frozen=True)
class Together:
    """The entries of the goal that were committed with one: how many, and the last of them."""

    count: int
    last: int


def goals(person: Person, text: str) -> list[Goal]:
    """Goals to choose from, newest first; with a text, those whose title holds it."""
    found = goals_for(person)
    if text:
        found = found.filter(title__icontains=text)
    return list(found.order_by("-created_at")[:GOALS])


def moment_of(person: Person, goal: UUID, at: int | None, number: int | None) -> Moment | None:
    """The goal after an entry named by its id, or by its place among the goal's entries."""
    scopes = ledger_scopes(person)
    if number is not None:
        seen = reading.matching(scopes, Filters(goal=str(goal))).order_by("id")
        ids = seen.values_list("id", flat=True)
        at = ids[max(number, 1) - 1 : max(number, 1)].first() or at
    return moment(scopes, goal, at)


def together(person: Person, found: Moment) -> Together:
    """What was committed in the same transaction; the states between never stood by themselves."""
    seen = reading.matching(ledger_scopes(person), Filters(goal=str(found.goal)))
    ids = seen.extra(where=[_SAME_TRANSACTION], params=[found.at]).order_by("id")  # noqa: S610
    all_ids = list(ids.values_list("id", flat=True))
    return Together(len(all_ids), all_ids[-1] if all_ids else found.at)


def since(person: Person, found: Moment) -> list[SubjectChange]:
    """What became of the goal between this moment and its last entry."""
    return difference(ledger_scopes(person), found.goal, found.at, found.last)


def near(person: Person, found: Moment, count: int) -> Sequence[Entry]:
    """The entries around a moment, oldest first."""
    seen = reading.matching(ledger_scopes(person), Filters(goal=str(found.goal)))
    before = list(seen.filter(id__lte=found.at).order_by("-id")[:count])
    after = list(seen.filter(id__gt=found.at).order_by("id")[:count])
    return [*reversed(before), *after]


def agent_names(person: Person, state: State) -> dict[str, str]:
    """Agents' names by id, of those that tasks and steps name and the person may see."""
    wanted = {
        str(subject.fields["agent_id"])
        for kind in ("task", "step", "approval")
        for subject in state.of(kind).values()
        if subject.fields.get("agent_id")
    }
    found = agents_for(person).filter(pk__in=wanted).values_list("pk", "slug")
    return {str(key): slug for key, slug in found}


def texts(values: Iterable[Any]) -> dict[str, Any]:
    """What the first of these digests stand for, as far as it is there and as it was written."""
    wanted = (one for one in values if isinstance(one, str) and one.startswith(DIGEST))
    some = list(dict.fromkeys(wanted))[:MOST_TEXTS]
    try:
        return payloads.load_many(some)
    except PayloadAltered:
        return _one_by_one(some)


def _one_by_one(digests: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for digest in digests:
        try:
            found |= payloads.load_many([digest])
        except PayloadAltered:
            found[digest] = "this payload is not the one that was written"
    return found
