"""Everything the page of one task says, read in a bounded number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from audit import payloads
from console.queries.flows import DECISIONS
from orchestration.access.rows import steps_for, tasks_for
from orchestration.models import Attempt, Person, Step, Task, Wait

MOST_STEPS = 100
"""Steps and subtasks the page shows; the goal's log has all."""


@dataclass(frozen=True)
class TaskStory:
    """A task with its attempts, what it needs and serves, what it waits for, and its steps.

    `more_steps` counts those beyond the first MOST_STEPS; `input` and `result` are JSON, None when
    there is none or it is not kept.
    """

    task: Task
    attempts: list[Attempt]
    needs: list[Task]
    serves: list[Task]
    subtasks: list[Task]
    waits: list[Wait]
    steps: list[Step]
    more_steps: int
    decisions: dict[str, int]
    input: Any
    result: Any


def task_story(person: Person, task: Task) -> TaskStory:
    """Read all that is said of one task."""
    kept = payloads.load_many([digest for digest in (task.input, task.result) if digest])
    seen = tasks_for(person).select_related("agent")
    steps = steps_for(person).filter(task=task)
    return TaskStory(
        task=task,
        attempts=list(task.attempts.order_by("number")),
        needs=list(seen.filter(needed_by__task=task).order_by("id")),
        serves=list(seen.filter(needs__needs=task).order_by("id")),
        subtasks=list(seen.filter(parent=task).order_by("id")[:MOST_STEPS]),
        waits=list(task.waits.order_by("created_at")),
        steps=list(steps.select_related("agent", "task").order_by("id")[:MOST_STEPS]),
        more_steps=max(steps.count() - MOST_STEPS, 0),
        decisions=steps.aggregate(**DECISIONS),
        input=kept.get(task.input),
        result=kept.get(task.result),
    )
