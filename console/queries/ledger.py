"""What the ledger's page reads: entries that match, how they lie in time, facets, and one entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import totals
from audit.leaves import places
from audit.models import Entry
from audit.queries import Problem, Query, filters_of
from audit.reading import NO_FILTER, Filters
from audit.totals import Strip
from orchestration.access.roles import ledger_scopes
from orchestration.access.rows import (
    agents_for,
    approvals_for,
    goals_for,
    steps_for,
    tasks_for,
)
from orchestration.models import Person

PAGE = 50
BARS = 60
MOST_FACETS = 1_000
NOBODY = "nobody-of-that-name"


@dataclass(frozen=True)
class Asked:
    """A search made ready: units, filters, and what in it could not be understood."""

    query: Query
    scopes: list[str]
    filters: Filters
    problems: list[Problem]

    @property
    def narrows(self) -> bool:
        """Whether anything is left out of what the reader may see."""
        return self.filters != NO_FILTER


@dataclass(frozen=True)
class Names:
    """What ids stand for, as far as the reader may know it."""

    people: Mapping[str, str]
    goals: Mapping[UUID, str]
    subjects: Mapping[str, str]
    indexes: Mapping[int, int]


@dataclass(frozen=True)
class Opened:
    """One entry with its payload and the entries that led to it, nearest first."""

    entry: Entry
    payload: Any
    causes: list[Entry]
    fault: str = ""


def understand(person: Person, query: Query, now: datetime, zone: tzinfo = UTC) -> Asked:
    """Turn a search into filters; names are looked up among what the person may see."""
    filters, problems = filters_of(query, now, zone)
    named = replace(
        filters,
        actor=_actor(person, query),
        goal=_goal(person, query),
        units=tuple(query.values("unit")),
    )
    return Asked(query, ledger_scopes(person), named, [*query.problems, *problems])


def _actor(person: Person, query: Query) -> str:
    """The id of an actor named by id, by the agent's slug, or by the person's user name."""
    agent, actor = query.value("agent"), query.value("actor")
    name = agent or actor
    if not name:
        return ""
    found = agents_for(person).filter(slug=name).values_list("pk", flat=True).first()
    if found is None and not agent:
        people = Person.objects.filter(Q(username=name) | Q(display_name=name))
        found = people.values_list("pk", flat=True).first()
    return str(found) if found else name if not agent else NOBODY


def _goal(person: Person, query: Query) -> str:
    """The id of a goal named by id or by a part of its title."""
    name = query.value("goal")
    if not name:
        return ""
    try:
        return str(UUID(name))
    except ValueError:
        found = goals_for(person).filter(title__icontains=name).order_by("-created_at").first()
        return str(found.pk if found else UUID(int=0))


def strip(asked: Asked, now: datetime) -> Strip | None:
    """How the matching entries lie in time, by outcome: all of them, so their exact number too.

    From the time that was asked for, or the first match, to its end, or now, or the last match.
    """
    bounds = asked.filters
    ends = totals.span(asked.scopes, bounds)
    if ends is None:
        return None
    first = bounds.since or ends[0]
    last = bounds.until or (max(now, ends[1]) if bounds.since else ends[1])
    return totals.strip(asked.scopes, bounds, first, last, most=BARS)


def names_of(person: Person, entries: Sequence[Entry]) -> Names:
    """The names behind the ids of these entries, in a few queries however many there are."""
    people = {e.actor_id for e in entries if e.actor_kind == "person" and is_id(e.actor_id)}
    goals = {entry.goal for entry in entries if entry.goal}
    known = Person.objects.filter(pk__in=people)
    return Names(
        people={str(one.pk): str(one) for one in known},
        goals=dict(goals_for(person).filter(pk__in=goals).values_list("pk", "title")),
        subjects=_subjects(person, entries),
        indexes=places(entry.id for entry in entries),
    )


def _subjects(person: Person, entries: Sequence[Entry]) -> dict[str, str]:
    """What subjects are called: tasks and goals by title, steps by target, agents by slug."""
    readable: dict[str, tuple[QuerySet[Any], str]] = {
        "task": (tasks_for(person), "title"),
        "goal": (goals_for(person), "title"),
        "step": (steps_for(person), "target"),
        "agent": (agents_for(person), "slug"),
        "approval": (approvals_for(person), "title"),
        "person": (Person.objects.all(), "username"),
    }
    found: dict[str, str] = {}
    for kind, (rows, column) in readable.items():
        wanted = {e.subject_id for e in entries if e.subject_kind == kind and is_id(e.subject_id)}
        if wanted:
            pairs = rows.order_by().filter(pk__in=wanted).values_list("pk", column)
            found |= {str(key): name for key, name in pairs}
    return found


def is_id(text: str) -> bool:
    """Whether a text is an identifier of ours."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def usernames(ids: Iterable[str]) -> dict[str, str]:
    """User names by id, for searches."""
    wanted = [one for one in ids if is_id(one)]
    known = Person.objects.filter(pk__in=wanted).values_list("pk", "username")
    return {str(key): name for key, name in known}
