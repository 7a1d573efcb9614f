"""Who could do what on a day, rebuilt from the ledger alone, and who did in a time.

Roles and accounts come from entries about people, what agents may use from entries about their
versions. What people and agents did is counted from entries; which tools were used, from steps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, Max

from audit import reading
from audit.reading import Filters
from console.queries.ledger import is_id
from orchestration.access.roles import ledger_scopes
from orchestration.access.rows import steps_for, units_for
from orchestration.models import Membership, Person, Unit
from orchestration.models.base import within
from orchestration.vocabulary import Act

TOLD_OF_PEOPLE = Filters(kinds=("role.*", "person.*", "auditor.*"))
TOLD_OF_AGENTS = Filters(kinds=("agent.*", "agent_version.*"))
AT_ONCE = 2_000


@dataclass(frozen=True)
class Window:
    """What is asked for: a unit with those below it, and a time; "could" is as of its end."""

    scope: str
    since: datetime
    until: datetime


@dataclass
class Holder:
    """Somebody who could act: roles with unit and since when, and when the account ends."""

    id: str
    roles: dict[tuple[str, str], datetime] = field(default_factory=dict)
    active: bool = True
    ends_at: str = ""


@dataclass
class AgentRights:
    """What an agent could do by the version that was current."""

    id: str
    slug: str
    scope: str
    owner: str
    state: str
    version: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What one actor did: entries by kind, and when last."""

    kinds: Counter[str]
    last: datetime | None

    @property
    def total(self) -> int:
        """All entries."""
        return sum(self.kinds.values())


@dataclass(frozen=True)
class AccessReport:
    """Who could and who did.

    Attributes:
        holders, agents: who could. did: by kind and id of the actor. used: tools by agent.
        differing: memberships in which tables and ledger differ now, as sentences.
    """

    window: Window
    holders: list[Holder]
    agents: list[AgentRights]
    did: dict[tuple[str, str], Done]
    used: dict[str, set[str]]
    differing: list[str]
    names: dict[str, str]


def units(person: Person) -> list[Unit]:
    """Units that a report can be about."""
    return list(units_for(person).order_by("scope"))


def report(person: Person, window: Window, now: datetime) -> AccessReport:
    """The report as the person may read it: nothing from units they hold no role in."""
    readable = ledger_scopes(person)
    scopes = [window.scope] if _covers(readable, window.scope) else []
    above = [unit for unit in _self_and_above(window.scope) if _covers(readable, unit)][:1]
    holders = _holders(above, window)
    did = _did(scopes, window)
    people = {key for kind, key in did if kind == "person"} | holders.keys()
    return AccessReport(
        window=window,
        holders=sorted(holders.values(), key=lambda one: one.id),
        agents=_agents(scopes, window),
        did=did,
        used=_used(person, window),
        differing=_differing(above, window, now),
        names=_names(people),
    )


def _covers(scopes: Iterable[str], wanted: str) -> bool:
    return any(not one or wanted == one or wanted.startswith(f"{one}/") for one in scopes)


def _self_and_above(scope: str) -> list[str]:
    """The unit and those above it, the highest first."""
    parts = scope.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _bears_on(unit: str, scope: str) -> bool:
    """Whether a role in one unit holds in the other, or in a unit below that."""
    return _covers([unit], scope) or _covers([scope], unit)


def _told(
    scopes: Sequence[str], filters: Filters, until: datetime
) -> Iterator[tuple[str, str, datetime, dict[str, Any]]]:
    """Kind, subject, time and data of entries up to a moment, in the ledger's order."""
    found = reading.matching(scopes, filters).filter(recorded_at__lt=until).order_by("id")
    columns = ("kind", "subject_id", "recorded_at", "body")
    for kind, subject, at, body in found.values_list(*columns).iterator(chunk_size=AT_ONCE):
        yield kind, subject, at, orjson.loads(body).get("data", {})


def _holders(scopes: Sequence[str], window: Window) -> dict[str, Holder]:
    """People with a role in the unit, above or below it, at the end of the window."""
    found: dict[str, Holder] = {}
    for kind, subject, at, data in _told(scopes, TOLD_OF_PEOPLE, window.until):
        holder = found.setdefault(subject, Holder(subject))
        if kind == "role.granted":
            holder.roles[(data["unit"], data["role"])] = at
        elif kind == "role.withdrawn":
            holder.roles.pop((data["unit"], data["role"]), None)
        fields = data.get("set", {})
        holder.active = fields.get("is_active", holder.active)
        holder.ends_at = fields.get("ends_at", holder.ends_at) or ""
    for one in found.values():
        one.roles = {key: at for key, at in one.roles.items() if _bears_on(key[0], window.scope)}
    return {key: one for key, one in found.items() if one.roles}


def _agents(scopes: Sequence[str], window: Window) -> list[AgentRights]:
    """Agents of the unit with the version that was current at the end of the window."""
    subjects: dict[str, dict[str, Any]] = defaultdict(dict)
    kinds: dict[str, str] = {}
    for kind, subject, _, data in _told(scopes, TOLD_OF_AGENTS, window.until):
        subjects[subject] |= data.get("set", {})
        kinds[subject] = kind.partition(".")[0]
    return [
        AgentRights(
            id=key,
            slug=fields.get("slug", key),
            scope=fields.get("scope", ""),
            owner=fields.get("owner_id") or "",
            state=fields.get("state", ""),
            version=subjects.get(fields.get("current_id") or "", {}),
        )
        for key, fields in sorted(subjects.items(), key=lambda one: str(one[1].get("slug", "")))
        if kinds[key] == "agent"
    ]


def _did(scopes: Sequence[str], window: Window) -> dict[tuple[str, str], Done]:
    """Entries by actor and kind within the window."""
    filters = Filters(since=window.since, until=window.until)
    rows = (
        reading.matching(scopes, filters).order_by().values_list("actor_kind", "actor_id", "kind")
    )
    kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    last: dict[tuple[str, str], datetime] = {}
    for actor_kind, actor, kind, count, latest in rows.annotate(
        total=Count("id"), latest=Max("recorded_at")
    ):
        key = (actor_kind, actor)
        kinds[key][kind] += count
        last[key] = max(last.get(key, latest), latest)
    return {key: Done(counted, last[key]) for key, counted in kinds.items()}


def _used(person: Person, window: Window) -> dict[str, set[str]]:
    """Tools that each agent asked for within the window."""
    rows = steps_for(person).filter(
        within([window.scope]),
        act=Act.TOOL_CALL,
        decided_at__gte=window.since,
        decided_at__lt=window.until,
    )
    found: dict[str, set[str]] = defaultdict(set)
    for agent, target in rows.order_by().values_list("agent_id", "target").distinct():
        found[str(agent)].add(target)
    return found


def _differing(scopes: Sequence[str], window: Window, now: datetime) -> list[str]:
    """Roles that stand in the tables and not in the ledger, or the other way round, now."""
    if not scopes:
        return []
    holders = _holders(scopes, Window(window.scope, window.since, now))
    told = {(key, unit, role) for key, one in holders.items() for unit, role in one.roles}
    rows = Membership.objects.filter(within(scopes, "unit__scope"))
    kept = {
        (str(who), unit, role)
        for who, unit, role in rows.values_list("person_id", "unit__scope", "role")
        if _bears_on(unit, window.scope)
    }
    return [
        *(f"{role} in {unit} of {who} has no entry" for who, unit, role in sorted(kept - told)),
        *(f"{role} in {unit} of {who} has no row" for who, unit, role in sorted(told - kept)),
    ]


def _names(ids: Iterable[str]) -> dict[str, str]:
    wanted = [UUID(one) for one in ids if is_id(one)]
    return {str(one.pk): str(one) for one in Person.objects.filter(pk__in=wanted)}
