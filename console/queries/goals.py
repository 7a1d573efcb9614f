"""Goals one person may see: searched, counted, and what they may do to one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from console.presenters import goals as shown
from console.presenters.search import Search, parse
from console.queries.flows import DECISIONS
from orchestration.access.roles import holds
from orchestration.access.rows import goals_for
from orchestration.blueprints.contract import Blueprint
from orchestration.blueprints.installing import blueprints
from orchestration.models import Approval, Budget, Goal, Person, Step, Task
from orchestration.vocabulary import FINISHED_GOAL, Role


@dataclass(frozen=True)
class Asked:
    """A search of goals: what was typed, read, and the tab it is narrowed to."""

    text: str
    search: Search
    show: str

    @classmethod
    def of(cls, text: str, show: str) -> Asked:
        """Read the parameters of the address."""
        known = {key for key, _ in shown.TABS}
        typed = text[:400].strip()
        return cls(typed, parse(typed, shown.QUALIFIERS), show if show in known else "")

    @property
    def narrows(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.text or self.show)


def search(person: Person, asked: Asked) -> QuerySet[Goal]:
    """The goals that match, newest first."""
    found = goals_for(person).select_related("requested_by").filter(_tab(asked.show))
    for term in asked.search.terms:
        condition = CONDITIONS[term.name](term.value)
        found = found.filter(~condition if term.negated else condition)
    for word in asked.search.words:
        found = found.filter(Q(title__icontains=word) | Q(objective__icontains=word))
    return found.order_by("-created_at")


def _open_asks() -> Exists:
    return Exists(Approval.objects.filter(goal=OuterRef("pk"), state="open"))


def _tab(show: str) -> Q:
    if show == "ended":
        return Q(state__in=FINISHED_GOAL)
    if show == "waiting":
        return Q(_open_asks(), state="running")
    return Q(state=show) if show else Q()


def _by_state(value: str) -> Q:
    return Q(_open_asks(), state="running") if value == "waiting" else Q(state=value)


def _by_agent(value: str) -> Q:
    took_part = Task.objects.filter(goal=OuterRef("pk"), agent__slug=value)
    return Q(Exists(took_part))


CONDITIONS: Mapping[str, Callable[[str], Q]] = {
    "state": _by_state,
    "agent": _by_agent,
    "blueprint": lambda value: Q(blueprint=value),
    "unit": lambda value: Q(scope=value) | Q(scope__startswith=f"{value}/"),
    "by": lambda value: Q(requested_by__username=value),
}


def figures(goals: Collection[UUID]) -> dict[UUID, shown.GoalFigures]:
    """Counts of some goals, in three queries."""
    steps = Step.objects.filter(goal__in=goals).order_by().values("goal")
    decisions = {row.pop("goal"): row for row in steps.annotate(**DECISIONS)}
    tasks = Task.objects.filter(goal__in=goals).order_by().values("goal")
    counted = {
        row["goal"]: row
        for row in tasks.annotate(total=Count("pk"), done=Count("pk", filter=Q(state="done")))
    }
    asks = Approval.objects.filter(goal__in=goals, state="open").order_by().values_list("goal")
    waiting = dict(asks.annotate(total=Count("pk")))
    return {
        key: shown.GoalFigures(
            decisions=decisions.get(key, {}),
            tasks=counted.get(key, {}).get("total", 0),
            done=counted.get(key, {}).get("done", 0),
            open_asks=waiting.get(key, 0),
        )
        for key in goals
    }


def caps(goal: Goal) -> dict[str, int]:
    """The goal's budget by measure."""
    rows = Budget.objects.filter(owner_kind="goal", owner_id=str(goal.pk))
    return dict(rows.values_list("measure", "cap"))


def acts(person: Person, goal: Goal) -> list[dict[str, Any]]:
    """What this person may do to the goal now."""
    if not holds(person, goal.scope, Role.OPERATOR, Role.ADMIN):
        return []
    blueprint = blueprint_of(goal)
    events = blueprint.events if blueprint else ()
    return shown.acts_for(
        goal.state,
        lambda act: reverse("goal-act", args=[goal.pk, act]),
        [
            (event.key, event.title, reverse("goal-event", args=[goal.pk, event.key]))
            for event in events
        ],
        f"{reverse('halts')}?what=goal:{goal.pk}",
    )


def blueprint_of(goal: Goal) -> Blueprint | None:
    """The installed blueprint that the goal was started from."""
    return next((one for one in blueprints() if one.name == goal.blueprint), None)
