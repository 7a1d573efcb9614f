"""Laws of rebuilding states from entries: order does not matter, and nothing can be left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestration.reconstruction.state import Telling, rebuild

NAMES = ("state", "title", "fence")
settings = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9), max_size=3)


def telling(subject: str, revision: int, fields: dict[str, Any], at: int) -> Telling:
    return Telling(
        at=at,
        entry_id=f"entry-{at}",
        kind="task.changed",
        subject_kind="task",
        subject_id=subject,
        revision=revision,
        scope="acme",
        goal="goal",
        data={"set": fields},
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Telling]:
    """Entries of up to three subjects, interleaved, each subject's own in order."""
    made: list[Telling] = []
    revisions = {"a": 0, "b": 0, "c": 0}
    for at in range(draw(st.integers(1, 15))):
        subject = draw(st.sampled_from(sorted(revisions)))
        revisions[subject] += 1
        made.append(telling(subject, revisions[subject], draw(settings), at))
    return made


def played(history: list[Telling]) -> dict[str, dict[str, Any]]:
    """The states as a reader of the ledger would keep them, entry after entry."""
    rows: dict[str, dict[str, Any]] = {}
    for one in history:
        rows.setdefault(one.subject_id, {}).update(one.data["set"])
    return rows


@given(histories(), st.randoms())
def test_entries_in_any_order_give_the_same_state(history: list[Telling], chance: Any) -> None:
    state = rebuild(history)
    assert {key: one.fields for key, one in state.of("task").items()} == played(history)
    assert state.gaps == []
    shuffled = [*history]
    chance.shuffle(shuffled)
    assert rebuild(shuffled) == state


@given(histories())
def test_every_beginning_of_the_ledger_is_a_state_of_its_own(history: list[Telling]) -> None:
    for end in range(len(history) + 1):
        state = rebuild(history[:end])
        assert {key: one.fields for key, one in state.of("task").items()} == played(history[:end])
        assert state.gaps == []


@given(histories(), st.data())
def test_an_entry_left_out_before_a_later_one_shows(history: list[Telling], data: Any) -> None:
    gone = data.draw(st.sampled_from(history))
    rest = [one for one in history if one is not gone]
    has_later = any(
        one.subject_id == gone.subject_id and one.revision > gone.revision for one in rest
    )
    expected = f"task {gone.subject_id}: nothing tells of revision {gone.revision}"
    assert rebuild(rest).gaps == ([expected] if has_later else [])


@given(histories(), st.data())
def test_a_revision_told_twice_shows(history: list[Telling], data: Any) -> None:
    again = replace(data.draw(st.sampled_from(history)), at=len(history))
    expected = f"task {again.subject_id}: revision {again.revision} is told twice"
    assert rebuild([*history, again]).gaps == [expected]


def test_a_step_knows_its_unit_its_goal_and_the_entry_of_its_last_decision() -> None:
    decided = telling("s", 1, {"state": "dispatched", "decision": {}}, 1)
    finished = telling("s", 2, {"state": "done"}, 2)
    of_step = [replace(one, subject_kind="step") for one in (decided, finished)]
    [step] = rebuild(of_step).of("step").values()
    assert step.fields == {
        "state": "done",
        "decision": {},
        "scope": "acme",
        "goal_id": "goal",
        "entry": "entry-1",
    }


def test_entries_that_set_nothing_leave_no_subject() -> None:
    looked_at = replace(telling("a", 1, {}, 1), data={})
    assert rebuild([looked_at]).subjects == {}
