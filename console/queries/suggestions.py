"""Values that a qualifier of a search may take, among what the reader may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audit import totals
from console.presenters.suggestions import MOST
from orchestration.access.roles import READING, ledger_scopes, scopes_for
from orchestration.access.rows import agents_for, goals_for
from orchestration.models import Person, Unit
from orchestration.models.base import within

Values = list[tuple[str, str]]
COLUMNS = {"kind": "kind", "about": "subject_kind", "outcome": "outcome"}
"""Qualifiers whose values are those that occur in a column."""


def values(person: Person, name: str, begun: str) -> Values:
    """Values that begin like this, each with a note; empty for a qualifier of free choice."""
    if name in COLUMNS:
        return _occurring(person, COLUMNS[name], begun)
    find = FINDERS.get(name)
    return find(person, begun) if find else []


def _occurring(person: Person, column: str, begun: str) -> Values:
    """Values of a column among visible entries, the commonest first; families of kinds before."""
    counted = totals.facets(ledger_scopes(person), most=1_000)[column]
    found = [(value, f"{count:,}") for value, count in counted if value.startswith(begun)]
    if column != "kind":
        return found[:MOST]
    families: dict[str, int] = {}
    for value, count in counted:
        family = f"{value.partition('.')[0]}.*"
        families[family] = families.get(family, 0) + count
    fitting = [(one, f"{n:,}") for one, n in families.items() if one.startswith(begun)]
    return [*fitting[: MOST // 2], *found][:MOST]


def _agents(person: Person, begun: str) -> Values:
    found = agents_for(person).filter(slug__istartswith=begun).order_by("slug")
    return list(found.values_list("slug", "name")[:MOST])


def _goals(person: Person, begun: str) -> Values:
    found = goals_for(person).filter(title__icontains=begun).order_by("-created_at")
    return list(found.values_list("title", "state")[:MOST])


def _units(person: Person, begun: str) -> Values:
    found = Unit.objects.filter(within(scopes_for(person, *READING)), scope__startswith=begun)
    return list(found.order_by("scope").values_list("scope", "name")[:MOST])


def _actors(person: Person, begun: str) -> Values:
    mine = Person.objects.filter(pk=person.pk, username__istartswith=begun)
    return [*((one.username, "you") for one in mine), *_agents(person, begun)][:MOST]


FINDERS: Mapping[str, Callable[[Person, str], Values]] = {
    "agent": _agents,
    "actor": _actors,
    "goal": _goals,
    "unit": _units,
}
