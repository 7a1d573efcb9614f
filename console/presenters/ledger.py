"""The ledger as its page shows it: rows, density, facets, and the drawer of one entry. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from audit import reading
from audit.models import Entry
from audit.payloads import ERASED
from console.presenters import charts, formats
from console.presenters.approvals import masked_paths
from console.presenters.search import Search, Term, said
from console.queries.ledger import BUCKETS, Density, Names, Opened
from orchestration.policy.labels import leaves

NAMING = ("target", "title", "key", "slug", "name")
"""Fields of an entry's body that name its subject, the best first."""
DECISIONS = frozenset({"allow", "hold", "deny"})
MOST_FIELDS = 60
SHORT = 8
LONGEST = 600
TIME_MARKS = 4
DAY = timedelta(days=1)
FACET_NAMES = {
    "outcome": ("Decision or outcome", "decision"),
    "kind": ("Kind", "kind"),
    "actor_id": ("Actor", "actor"),
    "subject_kind": ("About", ""),
    "scope": ("Unit", "unit"),
}


@dataclass(frozen=True)
class Pages:
    """Where a page of a list by cursor leads, as the templates of pages ask for it."""

    newest: bool
    older: int | None

    @property
    def has_previous(self) -> bool:
        """Whether there are newer entries than these."""
        return not self.newest

    @property
    def has_next(self) -> bool:
        """Whether there are older ones."""
        return self.older is not None

    @property
    def previous_page_number(self) -> None:
        """Back to the newest: the address without a cursor."""
        return

    @property
    def next_page_number(self) -> int | None:
        """The cursor of the next page."""
        return self.older


def address(q: str = "", **more: object) -> str:
    """The ledger's page with a search and a selected entry."""
    asked = {"q": q} if q else {}
    asked |= {name: str(value) for name, value in more.items() if value}
    query = urlencode(asked)
    return reverse("ledger") + (f"?{query}" if query else "")


def chips(search: Search) -> list[dict[str, Any]]:
    """The qualifiers of the search, each with the address that leaves it out."""
    return [
        {
            "name": term.name,
            "value": term.value,
            "negated": term.negated,
            "remove_url": address(search.without(term)),
        }
        for term in search.terms
    ]


def row(entry: Entry, names: Names, now: datetime, *, link: str, current: str) -> dict[str, Any]:
    """One entry in the table."""
    index = names.indexes.get(entry.id)
    return {
        "id": entry.id,
        "index": index,
        "at": entry.recorded_at,
        "kind": entry.kind,
        "actor": actor(entry, names),
        "subject": subject(entry, names),
        "goal": names.goals.get(entry.goal, "") if entry.goal else "",
        "goal_url": _goal_url(entry, names),
        "effect": entry.outcome if entry.outcome in DECISIONS else "",
        "sealed": index is not None,
        "age": age(entry.recorded_at, now),
        "url": link,
        "current": str(entry.entry_id) == current,
    }


def age(moment: datetime, now: datetime) -> timedelta:
    """How old it is, in whole minutes from the first one on, so that it fits a narrow column."""
    span = max(timedelta(0), now - moment)
    whole = timedelta(minutes=1) if span >= timedelta(minutes=1) else timedelta(seconds=1)
    return span // whole * whole


def _goal_url(entry: Entry, names: Names) -> str:
    return reverse("flow", args=[entry.goal]) if entry.goal in names.goals else ""


def actor(entry: Entry, names: Names) -> str:
    """Who acted: people by their name as it is now, others as they were called then."""
    if entry.actor_kind == "person":
        return names.people.get(entry.actor_id, "Somebody unknown")
    return entry.actor_name or entry.actor_id


def subject(entry: Entry, names: Names) -> str:
    """What it happened to, by the name it has or else the one the entry gives it."""
    given = reading.body(entry).get("data", {})
    fields = given.get("set", {}) if isinstance(given, dict) else {}
    named = names.subjects.get(entry.subject_id) or next(
        (fields[name] for name in NAMING if fields.get(name)), ""
    )
    kind = entry.subject_kind.replace("_", " ")
    short = entry.subject_id.rpartition(":")[2][-SHORT:]
    return f"{kind} {named}" if named else f"{kind} {short}"


def density_chart(density: Density, frame: charts.VolumeFrame) -> charts.Volume | None:
    """Exceptions over all entries, from the first match to the last."""
    if density.first is None or density.last is None:
        return None
    buckets: list[dict[str, int]] = [{} for _ in range(BUCKETS)]
    for (at, outcome), count in density.counts.items():
        tone = outcome if outcome in DECISIONS else "allow"
        buckets[at][tone] = buckets[at].get(tone, 0) + count
    return charts.volume(buckets, _times(density.first, density.last), frame)


def _times(first: datetime, last: datetime) -> dict[int, str]:
    span = last - first
    form = "%d %b %H:%M" if span > DAY else "%H:%M:%S"
    marks = range(0, BUCKETS, BUCKETS // TIME_MARKS)
    return {at: (first + span * at / BUCKETS).strftime(form) for at in marks}


def density_label(density: Density) -> str:
    """The strip in words."""
    said_of = ", ".join(f"{density.total(one)} {one}" for one in ("deny", "hold", "allow"))
    return f"{density.total()} entries over time; decisions among them: {said_of}"


def counts(density: Density) -> dict[str, int]:
    """Exceptions among the matches."""
    return {"deny": density.total("deny"), "hold": density.total("hold")}


def facets(
    found: Mapping[str, Sequence[tuple[str, int]]],
    search: Search,
    people: Mapping[str, str],
    agents: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The commonest values of each column, each a link that narrows the search to it."""
    shown = []
    for column, values in found.items():
        heading, name = FACET_NAMES[column]
        most = max((count for _, count in values), default=0)
        entries = [
            _facet(name, _called(column, value, people, agents), count, search)
            | {"share": round(100 * charts.share(count, most))}
            for value, count in values
        ]
        shown.append({"name": heading, "more": 0, "more_url": "", "entries": entries})
    return shown


def _called(column: str, value: str, people: Mapping[str, str], agents: Mapping[str, str]) -> str:
    return people.get(value) or agents.get(value) or value if column == "actor_id" else value


def _facet(name: str, value: str, count: int, search: Search) -> dict[str, Any]:
    term = Term(name or "kind", value if name else f"{value}.*")
    current = term in search.terms
    others = tuple(one for one in search.terms if one.name != term.name)
    terms = others if current else (*others, term)
    return {
        "label": value or "the whole installation",
        "count": count,
        "url": address(said(terms, search.words)),
        "current": current,
        "effect": value if value in DECISIONS else "",
    }


def drawer(found: Opened, names: Names) -> dict[str, Any]:
    """One entry with what caused it, its payload and its canonical body."""
    entry = found.entry
    index = names.indexes.get(entry.id)
    return {
        "id": entry.id,
        "index": index,
        "kind": entry.kind,
        "sealed": index is not None,
        "sentence": f"{actor(entry, names)}, {subject(entry, names)}",
        "at": entry.recorded_at,
        "cause": cause(found, names),
        "fields": fields(found.payload),
        "columns": columns(entry, names),
        "body": reading.body(entry),
    }


def cause(found: Opened, names: Names) -> list[dict[str, Any]]:
    """The entry and what led to it, up to the person where that is known; empty without causes."""
    if not found.causes:
        return []
    return [_link(found.entry, names, current=True), *(_link(one, names) for one in found.causes)]


def _link(entry: Entry, names: Names, *, current: bool = False) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "index": names.indexes.get(entry.id),
        "url": "" if current else address(sel=entry.entry_id),
        "text": f"{actor(entry, names)}, {subject(entry, names)}",
        "effect": entry.outcome if entry.outcome in DECISIONS else "",
        "current": current,
        "person": entry.actor_kind == "person",
    }


def fields(payload: Any) -> list[dict[str, Any]]:
    """The leaves of the payload; secrets are masked, erased ones are said to be erased."""
    hidden = set(masked_paths(payload))
    return [
        {
            "name": path or "value",
            "value": formats.masked(str(value)) if path in hidden else str(value)[:LONGEST],
            "mono": not isinstance(value, str),
            "masked": path in hidden,
            "erased": value == ERASED,
        }
        for path, value in list(leaves(payload))[:MOST_FIELDS]
        if payload is not None
    ]


def columns(entry: Entry, names: Names) -> list[dict[str, Any]]:
    """Its columns: who, about what, where, and how it is found again."""
    goal = names.goals.get(entry.goal, str(entry.goal)) if entry.goal else ""
    pairs = [
        ("Entry", str(entry.entry_id), True, ""),
        ("Actor", f"{actor(entry, names)} ({entry.actor_kind})", False, ""),
        ("Subject", f"{entry.subject_kind} {entry.subject_id}", True, ""),
        ("Revision", str(entry.revision or ""), False, ""),
        ("Unit", entry.scope or "the whole installation", False, ""),
        (
            "Goal",
            goal,
            False,
            reverse("flow", args=[entry.goal]) if entry.goal in names.goals else "",
        ),
        ("Outcome", entry.outcome or "", False, ""),
        ("Leaf", bytes(entry.leaf_hash).hex(), True, ""),
    ]
    return [
        {"name": name, "value": value, "mono": mono, "url": url}
        for name, value, mono, url in pairs
        if value
    ]
