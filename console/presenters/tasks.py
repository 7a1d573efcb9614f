"""The page of one task: who does it and why they, what it waits for, attempts and steps. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.presenters.flow_views import log
from console.presenters.steps import personal_paths

if TYPE_CHECKING:
    from console.queries.tasks import TaskStory
    from orchestration.models import Attempt, Task, Wait

PURPOSES = {
    "plan": "Makes the plan",
    "work": "Does part of the plan",
    "answer": "Answers another agent",
    "evaluate": "Judges the plan",
}
WAITS = {
    "approval": "people to decide about a step",
    "reply": "the answer of another agent",
    "timer": "a moment",
    "halt": "a halt to be released",
}


def page(
    story: TaskStory,
    links: Mapping[str, Callable[[str], str]],
    now: datetime,
) -> dict[str, Any]:
    """The context of tasks/page.html; `links` lead to a task, a step and an agent."""
    task = story.task
    agent = task.agent
    return {
        "title": task.title,
        "key": task.key,
        "state": task.state,
        "park_reason": task.park_reason,
        "reason": task.reason,
        "facts": [
            {"label": "State", "state": ("task", task.state)},
            {"label": "Purpose", "text": PURPOSES.get(task.purpose, task.purpose)},
            {"label": "Capability", "text": task.capability},
            {
                "label": "Agent",
                "text": agent.name if agent else "not assigned yet",
                "url": links["agent"](agent.slug) if agent else "",
                "note": f"version {task.version.number}" if task.version else "",
            },
            {"label": "Round", "text": str(task.round)},
            {"label": "Generation", "text": str(task.generation)},
            {"label": "Added", "moment": task.created_at},
        ],
        "award": award(task.award),
        "waits": [_wait(wait) for wait in story.waits],
        "attempts": [_attempt(one, now) for one in story.attempts],
        "needs": [_other(one, links["task"]) for one in story.needs],
        "serves": [_other(one, links["task"]) for one in story.serves],
        "subtasks": [_other(one, links["task"]) for one in story.subtasks],
        "watches": task.watches,
        "decisions": story.decisions,
        "log": log(story.steps, 1, links["step"]),
        "more_steps": story.more_steps,
        "input": story.input,
        "input_masked": personal_paths(task.input_labels),
        "result": story.result,
        "result_masked": personal_paths(task.result_labels),
    }


def award(given: Mapping[str, Any]) -> list[dict[str, str]]:
    """Why this agent got the task, name by name, as the allocation recorded it."""
    return [
        {"name": name.replace("_", " "), "value": _plain(value)} for name, value in given.items()
    ]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items()) or "none"
    return str(value)


def _wait(wait: Wait) -> dict[str, Any]:
    return {"text": WAITS.get(wait.kind, wait.kind), "since": wait.created_at, "due": wait.due_at}


def _attempt(attempt: Attempt, now: datetime) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "state": attempt.state,
        "generation": attempt.generation,
        "worker": attempt.worker,
        "began": attempt.created_at,
        "took": (attempt.ended_at or now) - attempt.created_at,
        "error": attempt.error,
    }


def _other(task: Task, address: Callable[[str], str]) -> dict[str, Any]:
    return {
        "title": task.title,
        "state": task.state,
        "url": address(str(task.pk)),
        "agent": task.agent.name if task.agent else "not assigned yet",
    }
