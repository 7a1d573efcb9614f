"""Goals in a list, the acts an operator has, and what a search of them means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from console.presenters.flow_views import shown_state
from console.presenters.search import Search

if TYPE_CHECKING:
    from orchestration.models import Goal

QUALIFIERS = ("state", "agent", "blueprint", "unit", "by")
"""What can be asked for before a colon in the search of goals."""

TABS = (("", "All"), ("running", "Running"), ("waiting", "Waiting"), ("ended", "Ended"))


def tabs(current: str, address: str, typed: str) -> list[dict[str, Any]]:
    """The tabs over the list of goals; what was typed stays."""
    return [
        {"label": label, "url": _listed(address, key, typed), "current": key == current}
        for key, label in TABS
    ]


def chips(search: Search, address: str, show: str) -> list[dict[str, Any]]:
    """The qualifiers of a search, each with the list without it."""
    return [
        {
            "name": term.name,
            "value": term.value,
            "negated": term.negated,
            "remove_url": _listed(address, show, search.without(term)),
        }
        for term in search.terms
    ]


def _listed(address: str, show: str, typed: str) -> str:
    query = urlencode({name: value for name, value in (("show", show), ("q", typed)) if value})
    return f"{address}?{query}" if query else address


@dataclass(frozen=True)
class GoalFigures:
    """A goal's counts: decisions by effect, tasks in all and done, requests still open."""

    decisions: Mapping[str, int]
    tasks: int
    done: int
    open_asks: int


NOTHING_YET = GoalFigures({}, 0, 0, 0)


def row(goal: Goal, figures: GoalFigures, url: str, now: datetime) -> dict[str, Any]:
    """A goal as flows/row.html shows it."""
    return {
        "id": str(goal.pk),
        "title": goal.title,
        "url": url,
        "unit": goal.scope,
        "state": shown_state(goal.state, figures.open_asks),
        "decisions": figures.decisions,
        "done": figures.done,
        "tasks": figures.tasks,
        "asked_by": str(goal.requested_by) if goal.requested_by else "Signalbox",
        "ran_for": (goal.closed_at or now) - goal.created_at,
        "started_at": goal.created_at,
    }


@dataclass(frozen=True)
class Act:
    """Something an operator may do to a goal, from which states, and what it will do."""

    key: str
    label: str
    icon: str
    states: frozenset[str]
    effect: str
    button: str
    danger: bool = False
    needs_reason: bool = False


ACTS = (
    Act(
        "pause",
        "Pause",
        "circle-pause",
        frozenset({"running"}),
        "Attempts stop before their next step and no further task is admitted until somebody"
        " resumes the goal. Nothing that was done is undone.",
        "Pause the goal",
        needs_reason=True,
    ),
    Act(
        "resume",
        "Resume",
        "circle-play",
        frozenset({"paused"}),
        "The goal's ready tasks are admitted again and go on where they stopped.",
        "Resume the goal",
    ),
    Act(
        "cancel",
        "Cancel",
        "circle-stop",
        frozenset({"running", "paused"}),
        "Every task that has not finished is cancelled, open requests for approval are withdrawn,"
        " and the goal ends. What was done stays done.",
        "Cancel the goal",
        danger=True,
        needs_reason=True,
    ),
)


def act_named(key: str) -> Act | None:
    """The act of that name."""
    return next((act for act in ACTS if act.key == key), None)


def acts_for(
    state: str, address: Callable[[str], str], events: list[tuple[str, str, str]], halt: str
) -> list[dict[str, Any]]:
    """What may be done to a goal in a state; `events` are (key, label, url) of its blueprint.

    `halt` is where its halt is ordered.
    """
    offered = [
        {"label": label, "icon": "zap", "url": url, "danger": False}
        for _, label, url in events
        if state == "running"
    ]
    if state in {"running", "paused"}:
        offered.append({"label": "Halt", "icon": "octagon-x", "url": halt, "danger": True})
    return offered + [
        {"label": act.label, "icon": act.icon, "url": address(act.key), "danger": act.danger}
        for act in ACTS
        if state in act.states
    ]
