"""Rows that are sent as they change: read for one person, shown by the partials pages use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from audit.following import News
from console.addresses import flow_address
from console.presenters import goals as shown
from console.queries.activity import agent_rows
from console.queries.goals import figures
from orchestration.access.rows import agents_for, goals_for
from orchestration.models import Person

Row = tuple[str, dict[str, Any]]


def agent_of(news: News) -> str | None:
    """The agent whose row changes: its own news, and those of its steps."""
    return {"agent": news.subject_id, "step": news.actor_id}.get(news.subject_kind)


def goal_of(news: News) -> str | None:
    """The goal whose row changes."""
    return news.goal


def agents(person: Person, ids: Sequence[str]) -> list[Row]:
    """Rows of agents/row.html."""
    found = list(agents_for(person).filter(pk__in=ids))
    rows = agent_rows(person, found, timezone.now())
    return [(f"agent-{row['id']}", {"agent": row}) for row in rows]


def goals(person: Person, ids: Sequence[str]) -> list[Row]:
    """Rows of flows/row.html."""
    found = list(goals_for(person).filter(pk__in=ids).select_related("requested_by"))
    counted = figures([goal.pk for goal in found])
    now = timezone.now()
    return [
        (
            f"goal-{goal.pk}",
            {
                "goal": shown.row(
                    goal, counted.get(goal.pk, shown.NOTHING_YET), flow_address(goal.pk), now
                )
            },
        )
        for goal in found
    ]
