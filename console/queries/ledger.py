"""What the ledger's page reads: entries that match, how they lie in time, facets, and one entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, FloatField, Func, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Extract

from audit import payloads, reading
from audit.models import Entry, Leaf
from audit.reading import Filters
from console.presenters.search import Search
from orchestration.access.roles import READING, scopes_for
from orchestration.access.rows import (
    agents_for,
    approvals_for,
    goals_for,
    steps_for,
    tasks_for,
)
from orchestration.models import Person

NAMES = ("actor", "agent", "kind", "goal", "decision", "subject", "unit", "before", "after")
"""The qualifiers of a search, as typed before the colon."""
PAGE = 50
BUCKETS = 60
MOST_FACETS = 6
NOBODY = "nobody-of-that-name"
SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Asked:
    """A search made ready: units, filters, and what in it could not be understood."""

    scopes: list[str]
    filters: Filters
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Density:
    """Counts of matching entries over time: (bucket from 0, outcome or empty) to how many."""

    first: datetime | None
    last: datetime | None
    counts: Mapping[tuple[int, str], int]

    def total(self, outcome: str | None = None) -> int:
        """How many entries match, with this outcome if one is given."""
        wanted = self.counts.items()
        return sum(n for (_, said), n in wanted if outcome is None or said == outcome)


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


def understand(person: Person, search: Search, now: datetime) -> Asked:
    """Turn a search into filters; names are looked up among what the person may see."""
    units = scopes_for(person, *READING)
    wanted = search.values("unit")
    scopes = [one for one in wanted if _inside(one, units)] if wanted else units
    problems = [
        f"Only kind can be negated, so -{term.name}:{term.value} was left out."
        for term in search.terms
        if term.negated and term.name != "kind"
    ]
    filters = Filters(
        kinds=tuple(search.values("kind")),
        not_kinds=tuple(search.values("kind", negated=True)),
        actor=_actor(person, search),
        goal=_goal(person, search),
        outcome=_last(search.values("decision")),
        subject=_last(search.values("subject")),
        words=search.words,
    )
    since, until = (_moment(search, name, now, problems) for name in ("after", "before"))
    return Asked(scopes, replace(filters, since=since, until=until), problems)


def _moment(search: Search, name: str, now: datetime, problems: list[str]) -> datetime | None:
    text = _last(search.values(name))
    moment = moment_of(text, now) if text else None
    if text and moment is None:
        problems.append(f"{name}:{text} is no time; write 2026-11-21, 2026-11-21T14:05 or 2h.")
    return moment


def _last(values: Sequence[str]) -> str:
    return values[-1] if values else ""


def _inside(unit: str, units: Iterable[str]) -> bool:
    return any(unit == one or unit.startswith(f"{one}/") for one in units)


def moment_of(text: str, now: datetime) -> datetime | None:
    """A date, a date with a time (UTC), or a span back from now such as `15m`; None otherwise."""
    if text[:-1].isdecimal() and text[-1:] in SPANS:
        try:
            return now - timedelta(**{SPANS[text[-1]]: int(text[:-1])})
        except OverflowError:
            return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _actor(person: Person, search: Search) -> str:
    """The id of an actor named by id, by the agent's slug, or by the person's user name."""
    agent, actor = _last(search.values("agent")), _last(search.values("actor"))
    name = agent or actor
    if not name:
        return ""
    found = agents_for(person).filter(slug=name).values_list("pk", flat=True).first()
    if found is None and not agent:
        people = Person.objects.filter(Q(username=name) | Q(display_name=name))
        found = people.values_list("pk", flat=True).first()
    return str(found) if found else name if not agent else NOBODY


def _goal(person: Person, search: Search) -> str:
    """The id of a goal named by id or by a part of its title."""
    name = _last(search.values("goal"))
    if not name:
        return ""
    try:
        return str(UUID(name))
    except ValueError:
        found = goals_for(person).filter(title__icontains=name).order_by("-created_at").first()
        return str(found.pk if found else UUID(int=0))


def density(asked: Asked) -> Density:
    """How the matching entries lie in time, by outcome; also their exact number."""
    found = reading.matching(asked.scopes, asked.filters).order_by()
    ends = found.aggregate(first=Min("recorded_at"), last=Max("recorded_at"))
    first, last = ends["first"], ends["last"]
    if first is None:
        return Density(None, None, {})
    end = max(last, first + timedelta(seconds=1)) + timedelta(milliseconds=1)
    bucket = Func(
        Extract("recorded_at", "epoch"),
        Value(first.timestamp(), FloatField()),
        Value(end.timestamp(), FloatField()),
        Value(BUCKETS),
        function="width_bucket",
        output_field=FloatField(),
    )
    rows = found.annotate(bucket=bucket).values_list("bucket", "outcome")
    counts: dict[tuple[int, str], int] = {}
    for at, outcome, total in rows.annotate(total=Count("id")):
        key = (min(max(int(at) - 1, 0), BUCKETS - 1), outcome or "")
        counts[key] = counts.get(key, 0) + total
    return Density(first, last, counts)


def names_of(person: Person, entries: Sequence[Entry]) -> Names:
    """The names behind the ids of these entries, in a few queries however many there are."""
    people = {e.actor_id for e in entries if e.actor_kind == "person" and is_id(e.actor_id)}
    goals = {entry.goal for entry in entries if entry.goal}
    known = Person.objects.filter(pk__in=people)
    leaves = Leaf.objects.filter(entry__in=[entry.id for entry in entries])
    return Names(
        people={str(one.pk): str(one) for one in known},
        goals=dict(goals_for(person).filter(pk__in=goals).values_list("pk", "title")),
        subjects=_subjects(person, entries),
        indexes=dict(leaves.values_list("entry", "leaf_index")),
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


def opened(person: Person, key: UUID) -> Opened | None:
    """One entry with its payload and causes; None when the person may not see it."""
    scopes = scopes_for(person, *READING)
    entry = reading.find(scopes, key)
    if entry is None:
        return None
    digest = f"sha256:{bytes(entry.payload).hex()}" if entry.payload else ""
    stored = payloads.load_many([digest]) if digest else {}
    return Opened(entry, stored.get(digest), _causes(scopes, entry))


def _causes(scopes: Sequence[str], entry: Entry) -> list[Entry]:
    """The step decided on, the causes written down, and the opening of the goal by a person."""
    chain = [*_decided(scopes, entry), *reading.causes(scopes, entry)]
    if entry.goal is None:
        return chain
    opening = reading.matching(scopes, Filters(goal=str(entry.goal), kinds=("goal.opened",)))
    first = opening.order_by("id").first()
    known = {entry.id, *(one.id for one in chain)}
    return [*chain, first] if first is not None and first.id not in known else chain


def _decided(scopes: Sequence[str], entry: Entry) -> list[Entry]:
    """The entry that recorded the decision behind this one, unless it is this one."""
    if not entry.decision or not is_id(entry.decision):
        return []
    about = reading.matching(scopes, Filters(subject=entry.decision, subject_kind="step"))
    found = about.filter(id__lt=entry.id).order_by("-id").first()
    return [found] if found is not None else []
