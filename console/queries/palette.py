"""What the command palette finds among the rows one person may see; newest first."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from orchestration.access.rows import agents_for, approvals_for, goals_for, policies_for
from orchestration.models import Agent, Approval, Goal, Person, Policy
from orchestration.vocabulary import ApprovalState

Row = TypeVar("Row", bound=Model)
MOST = 6
"""Finds shown of each kind."""


def goals(person: Person, words: str) -> list[Goal]:
    """Goals by title; the newest when nothing was typed."""
    return _found(goals_for(person).order_by("-created_at"), words, "title", "objective")


def approvals(person: Person, words: str) -> list[Approval]:
    """Open requests by title, those that run out first in front."""
    rows = approvals_for(person).filter(state=ApprovalState.OPEN).order_by("expires_at")
    return _found(rows.select_related("agent"), words, "title", "agent__slug")


def agents(person: Person, words: str) -> list[Agent]:
    """Agents by name."""
    return _found(agents_for(person).order_by("name"), words, "name", "slug")


def policies(person: Person, words: str) -> list[Policy]:
    """Policies by key or title."""
    return _found(policies_for(person).order_by("key"), words, "key", "title")


def _found(rows: QuerySet[Row], words: str, *fields: str) -> list[Row]:
    for word in words.split():
        condition = Q()
        for field in fields:
            condition |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(condition)
    return list(rows[:MOST])
