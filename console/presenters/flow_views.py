"""The same flow in words: its strip, the tree of tasks and steps, timeline and log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from console.presenters import formats
from console.presenters.flow_graph import FlowRows, StepRow, TaskRow
from console.presenters.steps import card_effect, in_task, plain_title, reason_line

if TYPE_CHECKING:
    from orchestration.models import Goal, Step

Address = Callable[[str], str]
VIEWS = (
    ("flow", "Flow", "workflow"),
    ("tree", "Tree", "list-tree"),
    ("timeline", "Timeline", "activity"),
    ("log", "Log", "scroll-text"),
)
MARKS = 5
LEAST_WIDTH = 0.4
MOST_LEAVES = 20
"""Steps shown of one task in the tree; the log shows all."""


def tabs(current: str, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The four views of a flow."""
    return [
        {"label": label, "url": address(key), "icon": icon, "current": key == current}
        for key, label, icon in VIEWS
    ]


def strip(
    goal: Goal, figures: Mapping[str, Any], caps: Mapping[str, int], now: datetime
) -> dict[str, Any]:
    """The goal in one line; `figures` as console.queries.flows.summary, `caps` its budget."""
    first, last = figures["first_bundle"], figures["last_bundle"]
    bundle = "none yet" if first is None else f"{first}" if first == last else f"{first} to {last}"
    return {
        "state": shown_state(goal.state, figures["open_asks"]),
        "ended": goal.closed_at,
        "running_for": (goal.closed_at or now) - goal.created_at,
        "decisions": {name: figures[name] for name in ("allow", "flag", "hold", "deny")},
        "agents": figures["agents"],
        "bundle": bundle,
        "cost": figures["cost"] or 0,
        "cost_limit": caps.get("money"),
        "currency": "",
        "entries": figures["entries"],
        "sealed": figures["sealed"],
        "reason": goal.reason,
        "round": goal.round,
        "max_rounds": goal.max_rounds,
    }


def shown_state(state: str, open_asks: int) -> str:
    """A goal that runs while somebody is asked waits for a person."""
    return "waiting" if state == "running" and open_asks else state


def tree(
    tasks: Sequence[TaskRow],
    steps: Sequence[StepRow],
    address: Address,
    task_address: Address,
) -> list[dict[str, Any]]:
    """Tasks with their steps, subtasks below the task that asked for them.

    Tasks that a planner added are its children too, but are shown beside it: that they came from
    the plan says little, and a tree with one root would hide everything a level down.
    """
    by_task: dict[UUID, list[StepRow]] = {}
    for step in steps:
        by_task.setdefault(step.task_id, []).append(step)
    branches = {
        task.id: _branch(task, by_task.get(task.id, []), address, task_address) for task in tasks
    }
    roots: list[dict[str, Any]] = []
    for task in tasks:
        parent = branches.get(task.parent_id) if task.parent_id else None
        under = parent is not None and task.purpose == "answer"
        (parent["children"] if parent and under else roots).append(branches[task.id])
    return roots


def _branch(
    task: TaskRow, steps: Sequence[StepRow], address: Address, task_address: Address
) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "title": task.title,
        "state": task.state,
        "agent": task.agent or "not assigned yet",
        "url": task_address(str(task.id)),
        "reason": task.reason,
        "steps": [_leaf(step, address) for step in steps[:MOST_LEAVES]],
        "more": max(len(steps) - MOST_LEAVES, 0),
        "children": [],
    }


def _leaf(step: StepRow, address: Address) -> dict[str, Any]:
    return {
        "id": str(step.id),
        "title": plain_title(step.act, step.target),
        "subtitle": "" if step.effect == "allow" else reason_line(step.decision),
        "effect": card_effect(step.effect, step.flagged),
        "state": step.state,
        "url": address(str(step.id)),
        "at": step.created_at,
    }


def timeline(
    steps: Sequence[Step], span: tuple[datetime, datetime], address: Address
) -> dict[str, Any]:
    """Steps as bars over time; what a held step waited is drawn thin before its bar."""
    start, end = span
    whole = max((end - start).total_seconds(), 0.001)

    def place(moment: datetime) -> float:
        return round(min(max((moment - start).total_seconds() / whole, 0), 1) * 100, 2)

    return {"marks": _marks(whole), "rows": [_bar(step, end, place, address) for step in steps]}


def _marks(seconds: float) -> list[dict[str, Any]]:
    return [
        {"x": round(at * 100 / MARKS, 1), "label": formats.duration(seconds * at / MARKS)}
        for at in range(MARKS)
    ]


def _bar(
    step: Step, end: datetime, place: Callable[[datetime], float], address: Address
) -> dict[str, Any]:
    done = step.finished_at or (end if step.state in {"held", "dispatched"} else step.decided_at)
    begun = step.created_at if step.state == "held" else step.decided_at
    x, right = place(begun), place(done)
    waited = place(step.decided_at) - place(step.created_at)
    return {
        "id": str(step.pk),
        "title": in_task(step.act, step.target, step.task.title),
        "agent": step.agent.name,
        "effect": card_effect(step.effect, step.flagged),
        "url": address(str(step.pk)),
        "x": min(x, 100 - LEAST_WIDTH),
        "width": round(max(right - x, LEAST_WIDTH), 2),
        "waited_x": place(step.created_at),
        "waited_width": round(waited, 2) if step.state != "held" else 0,
        "duration": done - step.created_at if done > step.created_at else None,
    }


def log(steps: Sequence[Step], first: int, address: Address) -> list[dict[str, Any]]:
    """Steps one a row; `first` is the number of the first one among the goal's steps."""
    return [
        {
            "id": str(step.pk),
            "at": step.created_at,
            "number": first + at,
            "agent": step.agent.name,
            "act": step.act,
            "title": in_task(step.act, step.target, step.task.title),
            "effect": card_effect(step.effect, step.flagged),
            "state": step.state,
            "reason": reason_line(step.decision),
            "url": address(str(step.pk)),
        }
        for at, step in enumerate(steps)
    ]


def span_of(rows: FlowRows, now: datetime) -> tuple[datetime, datetime]:
    """From the goal's start to its end, or to now while it runs."""
    return rows.started, rows.ended or now
