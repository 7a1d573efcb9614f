"""The ledger as its page shows it: rows, density, facets, and the drawer of one entry. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from audit import reading
from audit.models import Entry
from audit.queries import Problem, Query, Term
from console.presenters import charts
from console.queries.ledger import Names

if TYPE_CHECKING:
    from orchestration.models import Person, SavedView

NAMING = ("target", "title", "key", "slug", "name")
"""Fields of an entry's body that name its subject, the best first."""
DECISIONS = frozenset({"allow", "hold", "deny"})
SHORT = 8
FACET_NAMES = {
    "outcome": ("Outcome", "decision"),
    "kind": ("Kind", "kind"),
    "actor_id": ("Actor", "actor"),
    "subject_kind": ("About", "about"),
    "scope": ("Unit", "unit"),
}
NOTHING = Query()
FEW = 4
"""Values of a facet shown before the reader asks for more."""


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


@dataclass(frozen=True)
class Place:
    """Where the reader is: a search, and the time zone that times are told in."""

    query: Query = NOTHING
    zone: str = ""

    def with_query(self, query: Query | str, **more: object) -> str:
        """The same page with another search."""
        return address(str(query), tz=self.zone, **more)

    def here(self, **more: object) -> str:
        """The same search with a selected entry, or further on."""
        return self.with_query(self.query, **more)


def address(q: str = "", **more: object) -> str:
    """The ledger's page with a search and a selected entry."""
    asked = {"q": q} if q else {}
    asked |= {name: str(value) for name, value in more.items() if value}
    query = urlencode(asked)
    return reverse("ledger") + (f"?{query}" if query else "")


def chips(place: Place) -> list[dict[str, Any]]:
    """The qualifiers of the search, each with the address that leaves it out."""
    terms, words = place.query.terms, place.query.words
    return [
        {
            "name": term.name,
            "value": term.value,
            "negated": term.negated,
            "remove_url": place.with_query(
                Query(tuple(one for one in terms if one is not term), words)
            ),
        }
        for term in terms
    ]


def problems(text: str, found: Sequence[Problem]) -> list[dict[str, str]]:
    """What cannot be understood, each with the text and a mark under the place."""
    return [
        {
            "reason": one.reason,
            "place": f"Character {one.start + 1}",
            "before": text[: one.start],
            "part": text[one.start : one.end],
            "after": text[one.end :],
        }
        for one in sorted(found, key=lambda one: one.start)
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


def facets(
    found: Mapping[str, Sequence[tuple[str, int]]],
    place: Place,
    names: Mapping[str, str],
    unfolded: str = "",
) -> list[dict[str, Any]]:
    """The values of each column with their true totals, each a link that narrows the search.

    Args:
        names: what actors are called, by id. unfolded: the facet shown with all of its values.
    """
    shown = []
    for column, values in found.items():
        heading, name = FACET_NAMES[column]
        most = max((count for _, count in values), default=0)
        kept = values if name == unfolded else values[:FEW]
        entries = [
            _facet(name, names.get(value, value) if name == "actor" else value, count, place)
            | {"share": round(100 * charts.share(count, most))}
            for value, count in kept
        ]
        more = len(values) - len(kept)
        shown.append(
            {
                "name": heading,
                "entries": entries,
                "more": more,
                "more_url": place.here(facet=name),
                "less_url": place.here() if name == unfolded else "",
            }
        )
    return shown


def _facet(name: str, value: str, count: int, place: Place) -> dict[str, Any]:
    written = "outcome" if name == "decision" and value not in DECISIONS else name
    others = (
        place.query.without("decision", "outcome")
        if name == "decision"
        else place.query.without(name)
    )
    current = value in place.query.values(written)
    term = (Term(written, value),) if value and not current else ()
    return {
        "label": value or "the whole installation",
        "count": count,
        "url": place.with_query(Query((*others.terms, *term), others.words)),
        "current": current,
        "effect": value if value in DECISIONS else "",
    }


def neighbours(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, str]:
    """Where the entries above and below the selected one are, on this page."""
    at = next((place for place, one in enumerate(rows) if one["current"]), None) if key else None
    if at is None:
        return {}
    found = {"newer": rows[at - 1]["url"]} if at else {}
    return found | ({"older": rows[at + 1]["url"]} if at + 1 < len(rows) else {})


def saved(view: SavedView, person: Person, query: str) -> dict[str, Any]:
    """A saved view in the menu; `query` is the query string that is shown now."""
    own = view.owner_id == person.pk
    return {
        "label": view.label,
        "url": f"{reverse('ledger')}?{view.query}",
        "note": "shared" if view.shared and own else "" if own else f"by {view.owner}",
        "current": view.query == query,
        "edit_url": reverse("view", args=[view.pk]) if own else "",
    }
