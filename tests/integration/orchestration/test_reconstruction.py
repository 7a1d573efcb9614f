"""The ledger alone tells the state of everything, now and at any earlier entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.models import Entry
from orchestration.models import Approval, Goal, Step
from orchestration.operations import approvals
from orchestration.reconstruction.reading import reconstruct, reconstruct_everything, tellings
from orchestration.reconstruction.state import rebuild
from tests.integration.orchestration.comparing import differences, tables
from tests.integration.orchestration.fate import Fate
from tests.integration.orchestration.scenes import Scene
from tests.integration.orchestration.world import tool_that
from tests.machinery.databases import Database

SEEDS = (1, 2, 3)
TURNS = 15


def newest() -> int:
    return int(Entry.objects.order_by("-id").values_list("id", flat=True)[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happened_can_be_rebuilt_row_by_row(db: None, tmp_path: Path, seed: int) -> None:
    fate = Fate(tmp_path, seed)
    fate.live(TURNS)
    moment, then = newest(), tables()
    assert differences(reconstruct_everything(), then) == []
    fate.live(TURNS)
    assert tables() != then
    assert differences(reconstruct_everything(), tables()) == []
    assert differences(reconstruct_everything(at=moment), then) == []


def test_workers_and_people_at_once_leave_no_gap(
    committed_database: Database, tmp_path: Path
) -> None:
    fate = Fate(tmp_path, seed=11)
    fate.live_together(turns=20, hands=3)
    assert differences(reconstruct_everything(), tables()) == []


HOLD_READING = """
policy: tests.reading
title: Reading is asked for
scope: {acts: [board.read]}
mode: enforce
rules:
  - name: read
    effect: hold
    approval: {from: [approver], quorum: 1, expires: 15m}
    reason: "a reading"
"""


def test_what_a_step_brings_after_its_approval_keeps_its_labels(db: None, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    page = tool_that(lambda call: {"x": 7}, effect="read", idempotent=True, labels=("untrusted",))

    def run(task):
        task.post("found", task.call(page))
        return {"got": task.read("found").value}

    scene.policy(HOLD_READING)
    scene.agent(run, grants=(page,))
    scene.goal()
    scene.run()
    approval = Approval.objects.get()
    approvals.cast_vote(
        approval_id=approval.pk,
        person=scene.first,
        verdict="approve",
        reason="",
        digest=approval.digest,
    )
    assert scene.run() == ["done"]
    read = Step.objects.get(act="board.read")
    assert "untrusted" in {label for labels in read.labels.values() for label in labels}
    assert differences(reconstruct_everything(), tables()) == []


def test_the_state_of_a_goal_at_any_entry(db: None, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.agent(lambda task: task.post("k", 1))
    goal = scene.goal()
    scene.run()
    history = list(Entry.objects.filter(goal=goal.pk).order_by("id"))
    opened, closed = history[0], history[-1]
    assert (opened.kind, closed.kind) == ("goal.opened", "goal.closed")
    assert reconstruct(goal=goal.pk, at=opened.id - 1).subjects == {}
    then = reconstruct(goal=goal.pk, at=opened.id)
    assert then.of("goal")[str(goal.pk)].fields["state"] == "running"
    assert then.of("task") == {}
    states = []
    for entry in history:
        tasks = reconstruct(goal=goal.pk, at=entry.id).of("task").values()
        states += [task.fields["state"] for task in tasks]
    assert list(dict.fromkeys(states)) == ["pending", "ready", "admitted", "running", "done"]
    now = reconstruct(goal=goal.pk)
    assert now.of("goal")[str(goal.pk)].fields["state"] == "completed"
    assert now.of("step").keys() == {str(step.pk) for step in Step.objects.all()}


def test_entries_that_are_missing_show(db: None, tmp_path: Path) -> None:
    """Without the entry that admitted it, a task's history has a hole, whatever its last state."""
    scene = Scene(tmp_path)
    scene.agent(lambda task: {})
    goal = scene.goal()
    scene.run()
    whole = list(tellings())
    assert rebuild(whole).gaps == []
    without = [telling for telling in whole if telling.kind != "task.admitted"]
    [task] = Goal.objects.get(pk=goal.pk).tasks.all()
    [gap] = rebuild(without).gaps
    assert gap == f"task {task.pk}: nothing tells of revision 4"
