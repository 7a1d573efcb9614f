"""The entry that closes a goal says how many entries the goal has, and readers hold it to that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from audit.models import Entry
from audit.verify import Findings, GoalCount
from orchestration.models import Goal
from orchestration.operations import goals
from tests.integration.orchestration.fate import Fate
from tests.integration.orchestration.scenes import Scene
from tests.machinery.databases import Database


def said(entry: Entry) -> dict[str, Any]:
    return dict(orjson.loads(entry.body))


def history(goal: Goal) -> list[Entry]:
    return list(Entry.objects.filter(goal=goal.pk).order_by("id"))


def judged(goal: Goal, entries: list[Entry]) -> Findings:
    """What a verifier that knows nothing else makes of these entries of a goal."""
    counted, findings = GoalCount(str(goal.pk)), Findings()
    for entry in entries:
        counted.take(said(entry))
    counted.judge(findings)
    return findings


def test_every_goal_that_was_closed_has_as_many_entries_as_it_says(
    committed_database: Database, tmp_path: Path
) -> None:
    fate = Fate(tmp_path, seed=5)
    fate.live(12)
    for goal in Goal.objects.filter(closed_at__isnull=True):
        goals.cancel_goal(goal=goal, reason="enough", person=fate.operator)
    closed = Goal.objects.filter(closed_at__isnull=False)
    assert len(closed) >= 3
    for goal in closed:
        entries = history(goal)
        [closing] = [entry for entry in entries if entry.kind == "goal.closed"]
        claim = said(closing)["data"]["entries"]
        before = [entry.id for entry in entries if entry.id <= claim["last"]]
        assert (len(before), before[0]) == (claim["count"], claim["first"])
        beside = [entry for entry in entries if claim["last"] < entry.id < closing.id]
        assert len(beside) == claim["beside"]
        assert judged(goal, entries).faults == []


@pytest.fixture
def cancelled(committed_database: Database, tmp_path: Path) -> Goal:
    """A goal that a person cancelled while somebody was asked for approval."""
    scene = Scene(tmp_path)
    goal = scene.hold_call().goal
    return goals.cancel_goal(goal=goal, reason="enough", person=scene.operator)


def test_what_the_closing_act_did_itself_counts_as_well(cancelled: Goal) -> None:
    *_, withdrawn, task, closing = history(cancelled)
    assert (withdrawn.kind, task.kind) == ("approval.withdrawn", "task.cancelled")
    assert said(closing)["data"]["entries"]["beside"] == 2


def test_any_one_entry_that_is_left_out_is_missed(cancelled: Goal) -> None:
    entries = history(cancelled)
    whole = judged(cancelled, entries)
    assert whole.faults == []
    assert f"closed with {len(entries) - 1} entries before that" in whole.goal
    for gone in entries[:-1]:
        findings = judged(cancelled, [entry for entry in entries if entry is not gone])
        assert len(findings.faults) == 1, gone.kind
        assert f"counts {len(entries) - 1} entries" in findings.faults[0]
    assert "not closed" in judged(cancelled, entries[:-1]).goal
