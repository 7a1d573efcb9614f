"""Rows as one person may see them: every screen and every live update starts from here.

`x_for(person)` gives a queryset restricted in SQL to the units in which the person holds a role;
`get_x_for(person, …)` gives one row or NotFound, which says nothing about rows one may not see.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from orchestration.access.roles import READING, scopes_for
from orchestration.models import (
    Agent,
    Approval,
    Finding,
    Goal,
    Halt,
    Person,
    Policy,
    Step,
    Task,
    Tool,
    Unit,
)
from orchestration.models.base import within

Row = TypeVar("Row", bound=Model)


def goals_for(person: Person) -> QuerySet[Goal]:
    """Goals of the person's units."""
    return _visible(Goal, person)


def tasks_for(person: Person) -> QuerySet[Task]:
    """Tasks of goals in the person's units."""
    return _visible(Task, person)


def steps_for(person: Person) -> QuerySet[Step]:
    """Steps of goals in the person's units."""
    return _visible(Step, person)


def approvals_for(person: Person) -> QuerySet[Approval]:
    """Requests for approval in the person's units; seeing one is not the right to decide it."""
    return _visible(Approval, person)


def agents_for(person: Person) -> QuerySet[Agent]:
    """Agents of the person's units."""
    return _visible(Agent, person)


def findings_for(person: Person) -> QuerySet[Finding]:
    """Findings of the person's units."""
    return _visible(Finding, person)


def units_for(person: Person) -> QuerySet[Unit]:
    """The person's units and the units below them."""
    return _visible(Unit, person)


def halts_for(person: Person) -> QuerySet[Halt]:
    """Halts ordered in the person's units."""
    return _visible(Halt, person)


def policies_for(person: Person) -> QuerySet[Policy]:
    """Policies kept in the person's units or above them: rules that bind one can be read by one."""
    paths = scopes_for(person, *READING)
    above = {path[:at] for path in paths for at in range(len(path) + 1) if path[at : at + 1] == "/"}
    return Policy.objects.filter(within(paths) | Q(scope__in=above) | _everywhere(paths))


def tools_for(person: Person) -> QuerySet[Tool]:
    """Tools; they belong to the installation and can be read by everyone who holds a role."""
    return Tool.objects.all() if scopes_for(person, *READING) else Tool.objects.none()


def get_goal_for(person: Person, key: UUID | str) -> Goal:
    """One goal, or 404."""
    return _one(goals_for(person), key)


def get_task_for(person: Person, key: UUID | str) -> Task:
    """One task, or 404."""
    return _one(tasks_for(person), key)


def get_step_for(person: Person, key: UUID | str) -> Step:
    """One step with its decision, or 404."""
    return _one(steps_for(person), key)


def get_approval_for(person: Person, key: UUID | str) -> Approval:
    """One request for approval, or 404."""
    return _one(approvals_for(person), key)


def get_finding_for(person: Person, key: UUID | str) -> Finding:
    """One finding, or 404."""
    return _one(findings_for(person), key)


def get_agent_for(person: Person, slug: str) -> Agent:
    """One agent by its slug, or 404."""
    return _found(agents_for(person).filter(slug=slug).first())


def get_policy_for(person: Person, key: str) -> Policy:
    """One policy by its key, or 404."""
    return _found(policies_for(person).filter(key=key).first())


def _visible(model: type[Row], person: Person) -> QuerySet[Row]:
    return model._default_manager.filter(within(scopes_for(person, *READING)))


def _everywhere(paths: list[str]) -> Q:
    return Q(scope="") if paths else Q(pk__in=[])


def _one(rows: QuerySet[Row], key: UUID | str) -> Row:
    try:
        return _found(rows.filter(pk=key).first())
    except (ValueError, ValidationError) as error:
        raise Http404("no such thing") from error


def _found(row: Row | None) -> Row:
    if row is None:
        raise Http404("no such thing, or it is not in your units")
    return row
