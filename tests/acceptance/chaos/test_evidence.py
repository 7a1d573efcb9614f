"""The counting after a run finds what it is there to find."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.models import Budget, Goal, Step, Task
from tests.acceptance.chaos.evidence import faults
from tests.integration.orchestration.world import World, tool_that

PAYMENT = {"reference": "Freight S01", "key": "k", "amount_minor": 5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where outside systems keep their files."""
    made = tmp_path / "outside"
    made.mkdir()
    return made


@pytest.fixture
def goal(committed_database: object, tmp_path: Path, folder: Path) -> Goal:
    """A goal that went well, with two posts and one call."""
    world = World(tmp_path)

    def look(call: Any) -> dict[str, Any]:
        note(folder, "tests.look", call.idempotency_key)
        return {"seen": 1}

    name = tool_that(look, effect="read", idempotent=True)

    def run(task: Any) -> dict[str, Any]:
        task.post("a", 1)
        task.post("b", 2)
        return {"found": task.call(name)}

    world.agent(run, grants=(name,))
    opened = world.goal(budget={"steps": 100})
    assert world.run() == ["done"]
    opened.refresh_from_db()
    return opened


def note(folder: Path, tool: str, key: str) -> None:
    """Leave the line of an invocation."""
    line = {"tool": tool, "idempotency_key": key, "arguments": "digest", "pid": 1}
    with (folder / "invocations.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def test_a_run_that_went_well_has_no_faults(goal: Goal, folder: Path) -> None:
    assert faults(goal, folder) == []


def twice(goal: Goal, folder: Path) -> None:
    key = str(Step.objects.get(act="tool.call").pk)
    for _ in range(2):
        note(folder, "payments.transfer", key)


def paid_twice(goal: Goal, folder: Path) -> None:
    (folder / "payments.jsonl").write_text(f"{json.dumps(PAYMENT)}\n" * 2)


def booked_twice(goal: Goal, folder: Path) -> None:
    (folder / "bookings").mkdir()
    for name in "ab":
        (folder / "bookings" / f"{name}.json").write_text('{"shipment": "S01"}')


def called_behind_our_back(goal: Goal, folder: Path) -> None:
    note(folder, "tests.look", "nobody decided this")


def never_called(goal: Goal, folder: Path) -> None:
    (folder / "invocations.jsonl").unlink()


def changed_without_entry(goal: Goal, folder: Path) -> None:
    Task.objects.filter(goal=goal).update(revision=99)


def state_not_recorded(goal: Goal, folder: Path) -> None:
    Step.objects.filter(goal=goal, act="tool.call").update(state="failed")


def lost_step(goal: Goal, folder: Path) -> None:
    Step.objects.filter(goal=goal, ordinal=2).update(ordinal=9)


def left_begun(goal: Goal, folder: Path) -> None:
    Step.objects.filter(goal=goal, act="tool.call").update(state="dispatched")


def left_parked(goal: Goal, folder: Path) -> None:
    Task.objects.filter(goal=goal).update(state="parked", park_reason="crashing")


def never_ends(goal: Goal, folder: Path) -> None:
    Goal.objects.filter(pk=goal.pk).update(state="running")
    goal.refresh_from_db()


def not_charged(goal: Goal, folder: Path) -> None:
    assert Budget.objects.filter(owner_id=str(goal.pk), measure="steps").update(spent=0)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (twice, "paid twice under the key"),
        (paid_twice, "paid twice: Freight S01"),
        (booked_twice, "booked twice: S01"),
        (called_behind_our_back, "no step says so"),
        (never_called, "was never called"),
        (changed_without_entry, "its entries at"),
        (state_not_recorded, "its entries say done"),
        (lost_step, "the journal of"),
        (left_begun, "its end is not known"),
        (left_parked, "is parked as crashing"),
        (never_ends, "nothing waits for a person"),
        (not_charged, "0 charged"),
    ],
)
def test_each_fault_is_found(
    goal: Goal, folder: Path, spoil: Callable[[Goal, Path], None], said: str
) -> None:
    spoil(goal, folder)
    assert said in "\n".join(faults(goal, folder))
