"""Stepping through what happened to a goal: where one stands, what is so then, what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from audit.models import Entry
from orchestration.models import Goal
from orchestration.operations import approvals
from orchestration.reconstruction.moments import Moment, difference, moment
from orchestration.reconstruction.reading import reconstruct
from orchestration.reconstruction.state import State
from tests.integration.orchestration.scenes import Scene

ALL = [""]


@pytest.fixture
def goal(db: None, tmp_path: Path) -> Goal:
    """A goal that is done: one task that wrote the blackboard twice and a message."""

    def run(task: Any) -> Any:
        task.post("k", {"n": 1})
        task.post("k", {"n": 2})
        task.send("capability:work", "note.v1", {"text": "done"})
        return {"n": 2}

    scene = Scene(tmp_path)
    scene.agent(run)
    goal = scene.goal()
    scene.run()
    return goal


def history(goal: Goal) -> list[Entry]:
    return list(Entry.objects.filter(goal=goal.pk).order_by("id"))


def at(goal: Goal, entry: Entry) -> Moment:
    found = moment(ALL, goal.pk, entry.id)
    assert found is not None
    return found


def test_each_entry_is_a_moment_with_its_state_and_its_neighbours(goal: Goal) -> None:
    entries = history(goal)
    ids = [entry.id for entry in entries]
    for number, entry in enumerate(entries, start=1):
        here = at(goal, entry)
        assert (here.at, here.number, here.total) == (entry.id, number, len(ids))
        assert (here.first, here.last) == (ids[0], ids[-1])
        assert here.previous == (ids[number - 2] if number > 1 else None)
        assert here.next == (ids[number] if number < len(ids) else None)
        assert here.state == reconstruct(goal=goal.pk, at=entry.id)
        assert here.entry.entry_id == entry.entry_id


def test_a_moment_says_what_its_entry_changed_field_by_field(goal: Goal) -> None:
    admitted = next(entry for entry in history(goal) if entry.kind == "task.admitted")
    [change] = at(goal, admitted).changes
    assert (change.kind, change.id, change.created) == ("task", admitted.subject_id, False)
    assert [(one.name, one.before, one.after) for one in change.fields] == [
        ("state", "ready", "admitted")
    ]
    opened = at(goal, history(goal)[0]).change
    assert opened is not None
    assert (opened.kind, opened.created) == ("goal", True)
    assert {one.name: one.after for one in opened.fields}["title"] == "A goal"


def test_a_post_shows_the_step_and_the_blackboard_before_and_after(goal: Goal) -> None:
    posts = [e for e in history(goal) if '"act":"board.post"' in e.body]
    first, second = (at(goal, entry).changes for entry in posts)
    assert [change.kind for change in first] == ["step", "board"]
    assert first[1].created
    board = second[1]
    assert not board.created
    assert board.id == f"{goal.pk} k"
    value = next(one for one in board.fields if one.name == "value")
    assert value.before != value.after
    assert at(goal, posts[0]).state.of("board")[board.id].revision == 1
    assert at(goal, posts[1]).state.of("board")[board.id].revision == 2


def test_two_moments_differ_in_what_was_changed_between_them(goal: Goal) -> None:
    entries = history(goal)
    for earlier, later in [(0, 0), (0, 1), (2, 6), (0, len(entries) - 1)]:
        changes = difference(ALL, goal.pk, entries[earlier].id, entries[later].id)
        was, now = at(goal, entries[earlier]).state, at(goal, entries[later]).state
        expected = {
            (kind, key): {
                name: (_fields(was, kind, key).get(name), value)
                for name, value in subject.fields.items()
                if _fields(was, kind, key).get(name) != value
            }
            for kind, subjects in now.subjects.items()
            for key, subject in subjects.items()
            if subject != was.of(kind).get(key)
        }
        found = {
            (one.kind, one.id): {f.name: (f.before, f.after) for f in one.fields} for one in changes
        }
        assert found == expected


def _fields(state: State, kind: str, key: str) -> dict[str, Any]:
    subject = state.of(kind).get(key)
    return subject.fields if subject else {}


def test_between_entries_and_beyond_the_last_stands_the_one_before(goal: Goal) -> None:
    last = history(goal)[-1]
    for later in (None, last.id + 1000):
        found = moment(ALL, goal.pk, later)
        assert found is not None
        assert found.at == last.id


def test_there_is_no_moment_before_the_goal_or_for_who_may_not_see_it(goal: Goal) -> None:
    first = history(goal)[0]
    assert moment(ALL, goal.pk, first.id - 1) is None
    assert moment(ALL, UUID(int=0)) is None
    for strangers in ([], ["globex"], ["acme/below"], ["acm"]):
        assert moment(strangers, goal.pk) is None
        assert difference(strangers, goal.pk, first.id, first.id + 1000) == []
        assert reconstruct(goal=goal.pk, scopes=strangers).subjects == {}
    assert moment(["acme"], goal.pk) is not None


def test_a_step_decided_twice_had_other_grounds_before(db: None, tmp_path: Path) -> None:
    """The row keeps the last decision; the ledger gives each its own grounds."""
    scene = Scene(tmp_path)
    approval = scene.hold_call()
    held = moment(ALL, approval.goal_id)
    assert held is not None
    before = held.state.of("step")[str(approval.step_id)].fields
    approvals.cast_vote(
        approval_id=approval.pk,
        person=scene.first,
        verdict="approve",
        reason="",
        digest=approval.digest,
    )
    scene.run()
    now = reconstruct(goal=approval.goal_id).of("step")[str(approval.step_id)].fields
    assert before["decision_input"] != now["decision_input"]
    then = reconstruct(goal=approval.goal_id, at=held.at).of("step")[str(approval.step_id)].fields
    assert then == before
    assert (then["effect"], now["effect"]) == ("hold", "allow")
