"""What the page of exports reads: how much matches, what was taken before, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audit import payloads, reading
from audit.errors import PayloadAltered
from audit.models import Entry
from audit.reading import Filters
from audit.state import seal_state
from console.presenters.verifying import alarm
from console.queries.ledger import usernames
from console.queries.verifying import last_judged
from orchestration.access.roles import ledger_scopes
from orchestration.access.rows import agents_for, goals_for
from orchestration.models import Goal, Person
from orchestration.models.base import within

HISTORY = 40
OBJECTION = "a witness objects"
"""How the seal begins to say that a witness saw another ledger than this one."""

MOST_NAMES = 5_000
GOALS = 40


@dataclass(frozen=True)
class Past:
    """An export that was taken: its entry, what was searched for, and who took it."""

    entry: Entry
    query: str
    who: str


def history(person: Person) -> list[Past]:
    """The latest exports from units that the person reads, newest first."""
    kinds = Filters(kinds=("ledger.exported",))
    found = list(reading.matching(ledger_scopes(person), kinds).order_by("-id")[:HISTORY])
    queries = _queries(found)
    names = usernames({entry.actor_id for entry in found})
    return [
        Past(one, queries.get(one.id, ""), names.get(one.actor_id) or one.actor_name or "somebody")
        for one in found
    ]


def _queries(entries: Sequence[Entry]) -> dict[int, str]:
    digests = {one.id: f"sha256:{bytes(one.payload).hex()}" for one in entries if one.payload}
    try:
        stored = payloads.load_many(digests.values())
    except PayloadAltered:  # the page of verifications says so; the history stays readable
        return {}
    return {key: _query(stored.get(digest)) for key, digest in digests.items()}


def _query(value: Any) -> str:
    return str(value.get("query", "")) if isinstance(value, dict) else ""


def warning() -> str:
    """Why an export must be marked as unverified; empty while the ledger verifies."""
    failed = alarm(last_judged())
    if failed:
        return failed
    state = seal_state()
    return state.summary if state.summary.startswith(OBJECTION) else ""


def goals(person: Person) -> list[Goal]:
    """Goals to choose from, those that closed last first."""
    return list(goals_for(person).order_by("-closed_at", "-created_at")[:GOALS])


def names(person: Person, scopes: Sequence[str]) -> dict[str, str]:
    """What people and agents of these units are called, by id."""
    units = [scope for scope in scopes if scope]
    members = Person.objects.all()
    if units:
        members = members.filter(_in_units(units)).distinct()
    people = {str(one.pk): str(one) for one in members.order_by("pk")[:MOST_NAMES]}
    agents = agents_for(person).order_by("pk").values_list("pk", "name")[:MOST_NAMES]
    return people | {str(key): name for key, name in agents}


def _in_units(units: Sequence[str]) -> Any:
    return within(units, "memberships__unit__scope")


def goal(person: Person, key: str) -> Goal | None:
    """One goal that the person may see."""
    return goals_for(person).filter(pk=key).first()
