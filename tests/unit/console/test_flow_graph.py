"""The picture of a decision flow says who did what after whom, and keeps what it has drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from console.presenters.flow_graph import AskRow, Change, FlowRows, StepRow, TaskRow, flow_graph

START = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
NOTHING = UUID(int=0)


def key(name: str) -> UUID:
    return uuid5(NOTHING, name)


def task(name: str, at: int = 0, **fields: Any) -> TaskRow:
    given_fields = {"purpose": "work", "state": "done", "parent_id": None} | fields
    return TaskRow(
        id=key(name),
        key=name,
        title=f"Task {name}",
        agent="router",
        created_at=START + timedelta(seconds=at),
        **given_fields,
    )


def step(name: str, of: str, at: int, **fields: Any) -> StepRow:
    when = START + timedelta(seconds=at)
    usual: dict[str, Any] = {"agent": "router", "effect": "allow", "state": "done"}
    usual |= {"act": "tool.call", "target": "routes.search", "flagged": False, "labels": {}}
    usual |= {"changes": (Change(at, "done"),)} | fields
    return StepRow(
        id=key(name),
        task_id=key(of),
        agent_name=usual["agent"].capitalize(),
        generation=1,
        ordinal=at,
        created_at=when,
        decided_at=when,
        finished_at=when,
        **usual,
    )


def drawn(steps: list[StepRow], tasks: list[TaskRow], asks: tuple[AskRow, ...] = ()) -> Any:
    rows = FlowRows(START, None, steps, tasks, asks)
    return flow_graph(rows, lambda one: f"?step={one}", START)


def edges(graph: Any) -> set[tuple[str, str, str]]:
    return {(edge["from"], edge["to"], edge["kind"]) for edge in graph["edges"]}


def node(graph: Any, name: str) -> Any:
    return next(one for one in graph["nodes"] if one["id"] == str(key(name)))


def test_steps_of_a_task_follow_one_another() -> None:
    graph = drawn([step("a", "t", 1), step("b", "t", 2)], [task("t")])
    assert edges(graph) == {(str(key("a")), str(key("b")), "plain")}
    assert node(graph, "a")["rank"] < node(graph, "b")["rank"]


def test_an_edge_into_a_denied_step_stops_there() -> None:
    denied = step("b", "t", 2, effect="deny", state="denied")
    graph = drawn([step("a", "t", 1), denied], [task("t")])
    assert edges(graph) == {(str(key("a")), str(key("b")), "stopped")}


def test_a_task_begins_after_the_tasks_whose_results_it_needs() -> None:
    tasks = [task("one"), task("two"), task("three", needs=(key("one"), key("two")))]
    steps = [step("a", "one", 1), step("b", "two", 2), step("c", "three", 3)]
    found = edges(drawn(steps, tasks))
    assert found == {(str(key(name)), str(key("c")), "needs") for name in ("a", "b")}


def test_an_answer_begins_with_the_question_that_opened_it() -> None:
    tasks = [task("asker"), task("reply", at=2, parent_id=key("asker"), purpose="answer")]
    asks = [
        step("early", "asker", 1, act="task.ask"),
        step("late", "asker", 3, act="task.ask"),
        step("said", "reply", 4),
    ]
    assert (str(key("late")), str(key("said")), "ask") in edges(drawn(asks, tasks))
    assert (str(key("early")), str(key("said")), "ask") not in edges(drawn(asks, tasks))


def test_an_evaluation_begins_after_what_ended_last_before_it() -> None:
    tasks = [task("one"), task("judge", at=5, purpose="evaluate")]
    steps = [step("a", "one", 1), step("b", "one", 3), step("j", "judge", 6)]
    assert (str(key("b")), str(key("j")), "needs") in edges(drawn(steps, tasks))


def ask(state: str, *changes: Change) -> AskRow:
    return AskRow(
        id=key("ask"),
        step_id=key("a"),
        state=state,
        created_at=START,
        decided_at=None,
        expires_at=START,
        quorum=2,
        yes=1,
        changes=changes,
    )


def test_a_request_is_a_card_in_the_lane_of_people_and_waits_while_it_is_open() -> None:
    held = step("a", "t", 1, effect="hold", state="held")
    graph = drawn([held], [task("t")], (ask("open", Change(2, "opened")),))
    card = next(one for one in graph["nodes"] if one["lane"] == "people")
    assert (card["title"], card["subtitle"], card["state"]) == (
        "Approve?", "1 of 2 said yes", "waiting",
    )  # fmt: skip
    assert edges(graph) == {(str(key("a")), card["id"], "waiting")}
    assert [lane["id"] for lane in graph["lanes"]] == ["router", "people"]


def test_the_past_of_a_held_step_is_told_for_the_replay() -> None:
    changes = (Change(4, "held"), Change(9, "dispatched"), Change(10, "done"))
    graph = drawn([step("a", "t", 1, changes=changes)], [task("t")])
    told = [(one["seq"], one["effect"], one["state"]) for one in node(graph, "a")["history"]]
    assert told == [(4, "hold", "held"), (9, "allow", "dispatched"), (10, "allow", "done")]
    assert node(graph, "a")["seq"] == 4


def test_an_allowed_step_that_was_flagged_looks_flagged() -> None:
    assert node(drawn([step("a", "t", 1, flagged=True)], [task("t")]), "a")["effect"] == "flag"


@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.data())
def test_a_step_that_is_appended_moves_none_of_the_others(
    of: list[int], data: st.DataObject
) -> None:
    tasks = [task(f"t{number}") for number in range(5)]
    agents = ("router", "planner", "treasurer")
    steps = [
        replace(step(f"s{at}", f"t{number}", at), agent=agents[number % 3])
        for at, number in enumerate(of)
    ]
    cut = data.draw(st.integers(1, len(steps) - 1))
    before, after = drawn(steps[:cut], tasks), drawn(steps, tasks)
    places = {one["id"]: (one["lane"], one["rank"], one["slot"]) for one in after["nodes"]}
    assert all(
        places[one["id"]] == (one["lane"], one["rank"], one["slot"]) for one in before["nodes"]
    )


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_no_two_cards_lie_on_one_another(of: list[int]) -> None:
    steps = [step(f"s{at}", f"t{number}", at) for at, number in enumerate(of)]
    graph = drawn(steps, [task(f"t{number}") for number in range(5)])
    places = [(one["lane"], one["rank"], one["slot"]) for one in graph["nodes"]]
    assert len(set(places)) == len(places)
