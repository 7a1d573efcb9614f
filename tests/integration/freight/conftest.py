"""A fleet that runs: workers, the freight blueprint, the demo accounts, and a goal's effects."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from orchestration.blueprints.freight import BLUEPRINT
from orchestration.blueprints.installing import report_event, start_goal
from orchestration.models import Approval, Attempt, Goal, Person, Task
from orchestration.operations.approvals import cast_vote
from orchestration.vocabulary import FINISHED_GOAL, ApprovalState, AttemptState, TaskState
from tests.machinery.programs import Programs

LONGEST_S = 120


def wait_for(ready: Callable[[], bool], what: str) -> None:
    """Look ten times a second until it is so."""
    until = time.monotonic() + LONGEST_S
    while not ready():
        assert time.monotonic() < until, f"waited {LONGEST_S} s for {what}"
        time.sleep(0.1)


@dataclass
class Fleet:
    """The installed freight system with its workers."""

    programs: Programs

    def run(self, *arguments: str) -> dict[str, Any]:
        """`manage.py blueprint run freight ... --wait --json`, its answer read."""
        done = self.programs.manage("blueprint", "run", "freight", *arguments, "--wait", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, seed: int, **options: Any) -> Goal:
        """Open a goal as the operator."""
        return start_goal(
            BLUEPRINT,
            BLUEPRINT.goal_templates[0],
            seed=seed,
            options=options,
            requested_by=Person.objects.get(username="operator"),
        )

    def close(self, goal: Goal, place: str) -> None:
        """Report that a place is closed."""
        report_event(goal=goal, key="close", choice=place, person=None)

    def until_it_waits(self, goal: Goal) -> Approval:
        """The open approval, once nothing of the goal moves without it."""
        unfinished = Task.objects.filter(goal=goal).exclude(
            state__in=[TaskState.DONE, TaskState.CANCELLED]
        )
        wait_for(
            lambda: (
                set(unfinished.values_list("state", flat=True)) <= {"waiting", "pending"}
                and Approval.objects.filter(goal=goal, state=ApprovalState.OPEN).exists()
            ),
            "the goal to wait for people",
        )
        return Approval.objects.get(goal=goal, state=ApprovalState.OPEN)

    def until_it_ends(self, goal: Goal) -> Goal:
        """The goal, once it is closed."""
        wait_for(
            lambda: Goal.objects.filter(pk=goal.pk, state__in=FINISHED_GOAL).exists(),
            "the goal to end",
        )
        goal.refresh_from_db()
        return goal

    def vote(self, approval: Approval, username: str, verdict: str) -> Approval:
        """Answer an approval as a person."""
        return cast_vote(
            approval_id=approval.pk,
            person=Person.objects.get(username=username),
            verdict=verdict,
            reason="looked at the route and the carrier",
            digest=approval.digest,
        )

    def busy(self) -> int:
        """How many attempts hold a worker."""
        return Attempt.objects.filter(state=AttemptState.RUNNING).count()

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What outside systems wrote down."""
        file = Path(settings.TOOL_FOLDER) / name
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def records(self, folder: str) -> list[dict[str, Any]]:
        """What outside systems keep one file of each."""
        found = sorted((Path(settings.TOOL_FOLDER) / folder).glob("*.json"))
        return [json.loads(file.read_text(encoding="utf-8")) for file in found]


@pytest.fixture
def fleet(workers: Programs) -> Fleet:
    """Workers, accounts and the freight system."""
    for command in (["accounts"], ["blueprint", "install", "freight"]):
        done = workers.manage(*command)
        assert done.returncode == 0, done.stderr
    return Fleet(workers)
