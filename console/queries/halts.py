"""Halts that stand, what one person may stop, and what a halt would stop right now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from orchestration.access.roles import holds, scopes_for
from orchestration.access.rows import agents_for, goals_for, halts_for, tasks_for, units_for
from orchestration.models import Halt, Person, Task
from orchestration.models.base import within
from orchestration.vocabulary import FINISHED_GOAL, AgentState, Role

OPERATORS = (Role.OPERATOR, Role.ADMIN)
UNDER_WAY = ("running", "admitted")
TO_COME = ("ready", "pending", "waiting")
MOST = 200
RECENT = 20

Choice = tuple[str, str]


@dataclass(frozen=True)
class Reach:
    """What a halt would stop: attempts under way, tasks still to come, goals they belong to."""

    under_way: int
    to_come: int
    goals: int
    agents: int


def standing(person: Person) -> QuerySet[Halt]:
    """Halts that stand, newest first."""
    return halts_for(person).filter(released_at__isnull=True).select_related("ordered_by")


def any_halt(person: Person, key: UUID) -> Halt | None:
    """A halt that stands or was released; None when it may not be seen."""
    return halts_for(person).filter(pk=key).first()


def released(person: Person) -> QuerySet[Halt]:
    """Halts that were released lately."""
    past = halts_for(person).filter(released_at__isnull=False)
    return past.select_related("ordered_by", "released_by").order_by("-released_at")[:RECENT]


def subjects(person: Person) -> list[tuple[str, list[Choice]]]:
    """What the person may stop, in groups, each as (`kind:subject`, label)."""
    paths = scopes_for(person, *OPERATORS)
    units = units_for(person).filter(within(paths)).values_list("scope", "name")[:MOST]
    goals = goals_for(person).filter(within(paths)).exclude(state__in=FINISHED_GOAL)
    agents = agents_for(person).filter(within(paths)).exclude(state=AgentState.RETIRED)
    groups: list[tuple[str, list[Choice]]] = [
        ("Units", [(f"unit:{scope}", f"{name} ({scope})") for scope, name in units]),
        (
            "Goals",
            [(f"goal:{key}", title) for key, title in goals.values_list("pk", "title")[:MOST]],
        ),
        (
            "Agents",
            [(f"agent:{slug}", name) for slug, name in agents.values_list("slug", "name")[:MOST]],
        ),
    ]
    if holds(person, "", *OPERATORS):
        groups.insert(0, ("Installation", [("everything:", "Everything")]))
    return [group for group in groups if group[1]]


def scope_of(person: Person, kind: Halt.Kind, subject: str) -> str | None:
    """The unit in which a halt of this subject is ordered; None when it may not be seen."""
    if kind == Halt.Kind.EVERYTHING:
        return ""
    if kind == Halt.Kind.UNIT:
        return units_for(person).filter(scope=subject).values_list("scope", flat=True).first()
    if kind == Halt.Kind.GOAL:
        return goals_for(person).filter(pk=subject).values_list("scope", flat=True).first()
    if kind == Halt.Kind.AGENT:
        return agents_for(person).filter(slug=subject).values_list("scope", flat=True).first()
    return None


def reach(person: Person, kind: Halt.Kind, subject: str) -> Reach:
    """What a halt of this subject would stop, as things stand."""
    tasks = tasks_for(person).filter(_covered(kind, subject))
    found = tasks.aggregate(
        under_way=Count("pk", filter=Q(state__in=UNDER_WAY)),
        to_come=Count("pk", filter=Q(state__in=TO_COME)),
        goals=Count("goal", distinct=True, filter=Q(state__in=[*UNDER_WAY, *TO_COME])),
        agents=Count("agent", distinct=True, filter=Q(state__in=[*UNDER_WAY, *TO_COME])),
    )
    return Reach(**found)


def _covered(kind: Halt.Kind, subject: str) -> Q:
    if kind == Halt.Kind.AGENT:
        return Q(agent__slug=subject)
    if kind == Halt.Kind.GOAL:
        return Q(goal=subject)
    if kind == Halt.Kind.UNIT:
        inside = Task.objects.filter(within([subject], "agent__scope")).values("pk")
        return Q(pk__in=inside)
    return Q()
