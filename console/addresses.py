"""Addresses that several screens link to."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from console.presenters.inspector import Links
from orchestration.models import Step


def flow_address(goal: UUID | str, **asked: str) -> str:
    """The decision flow of a goal, with a view and a selected step if they are given."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("flow", args=[goal]) + (f"?{query}" if query else "")


def step_address(goal: UUID | str, view: str) -> Callable[[str], str]:
    """Addresses of a goal's steps, by id, in one view of its flow."""
    base = flow_address(goal, **{"as": view})
    return lambda step: f"{base}&step={step}"


def task_address(task: str) -> str:
    """The page of a task."""
    return reverse("task", args=[task])


def selected(name: str, key: str) -> str:
    """A list with one of its rows opened beside it."""
    return f"{reverse(name)}?{urlencode({'sel': key})}"


def step_links(view: str = "") -> Links:
    """Where the parts of a step's story lead; other steps open in the same view of their flow."""
    shown = {"as": view} if view else {}
    return Links(
        step=lambda step: flow_address(step.goal_id, **shown, step=str(step.pk)),
        task=task_address,
        agent=lambda slug: reverse("agent", args=[slug]),
        policy=lambda key: reverse("policy", args=[key]),
        approval=lambda key: selected("approvals", key),
        entry=lambda key: selected("ledger", key),
        decision=lambda key: reverse("decision", args=[key]),
    )


def step_link(step: Step) -> str:
    """The flow of a step's goal with the step selected."""
    return flow_address(step.goal_id, step=str(step.pk))
