"""The way of a step: decided before it takes effect, recorded with its entry, done once."""

from __future__ import annotations

from audit import payloads
from audit.models import Entry
from orchestration.errors import Conflict, Denied, ToolError
from orchestration.models import BoardEntry, Step
from tests.integration.orchestration.world import World, tool_that


def test_a_goal_runs_to_its_end_and_every_step_has_its_entry(world: World) -> None:
    def run(task):
        task.post("plan", {"a": 1})
        seen = task.read("plan")
        task.send("capability:work", "note.v1", {"text": "hello"})
        return {"seen": seen.value, "version": seen.version, "id": task.new_id()}

    world.agent(run)
    goal = world.goal()
    assert world.run() == ["done"]
    goal.refresh_from_db()
    assert goal.state == "completed"
    steps = list(Step.objects.order_by("ordinal"))
    assert [s.act for s in steps] == [
        "board.post",
        "board.read",
        "message.send",
        "journal.value",
        "result.publish",
    ]
    assert {s.state for s in steps} == {"done"}
    assert Entry.objects.filter(kind="step.done").count() == 5
    outcome = payloads.load(goal.outcome)
    assert outcome == {"results": {}}
    result = payloads.load(world.only_task().result)
    assert result["seen"] == {"a": 1}
    assert result["version"] == 1
    assert world.kinds(goal)[0] == "goal.opened"
    assert world.kinds(goal)[-1] == "goal.closed"


def test_a_tool_is_called_after_its_step_is_recorded_and_once_only(world: World) -> None:
    states = []

    def perform(call):
        states.append(Step.objects.get(pk=call.idempotency_key).state)
        return {"ok": True}

    name = tool_that(perform, idempotent=True)
    world.agent(lambda task: task.call(name, a=1), grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert states == ["dispatched"]
    step = Step.objects.get(act="tool.call")
    assert step.state == "done"
    assert payloads.load(step.outcome) == {"ok": True}


def test_without_a_grant_the_agent_is_told_why_and_nothing_happens(world: World) -> None:
    called = []
    name = tool_that(lambda call: called.append(1))
    told = []

    def run(task):
        try:
            task.call(name)
        except Denied as denied:
            told.extend(denied.reasons)
        return {}

    world.agent(run)
    world.goal()
    assert world.run() == ["done"]
    assert called == []
    assert "grant" in told[0]
    assert Step.objects.get(act="tool.call").state == "denied"


def test_a_compare_and_set_post_that_comes_second_is_told(world: World) -> None:
    found = []

    def run(task):
        task.post("k", 1)
        try:
            task.post("k", 2, expects=0)
        except Conflict as conflict:
            found.append(conflict.found)
        task.post("k", 3, expects=1)
        return {}

    world.agent(run)
    world.goal()
    assert world.run() == ["done"]
    assert found == [1]
    assert list(BoardEntry.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_what_a_tool_refuses_reaches_the_agent_as_an_error_and_is_recorded(world: World) -> None:
    def perform(call):
        raise ToolError("the carrier is full")

    name = tool_that(perform, idempotent=True)
    told = []

    def run(task):
        try:
            task.call(name)
        except ToolError as error:
            told.append(str(error))
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert told == ["the carrier is full"]
    assert Step.objects.get(act="tool.call").state == "failed"


def test_messages_reach_agents_by_name_and_by_what_they_can_do(world: World) -> None:
    told = []

    def run(task):
        task.send("capability:work", "offer.v1", {"price": 7})
        try:
            task.send("nobody", "offer.v1", {"price": 8})
        except Denied as denied:
            told.extend(denied.reasons)
        task.send("capability:work", "note.v1", {"text": "hi"})
        return {"got": [letter.body for letter in task.messages("offer.v1")]}

    world.agent(run)
    world.goal()
    assert world.run() == ["done"]
    assert payloads.load(world.only_task().result) == {"got": [{"price": 7}]}
    assert told == ["no agent of acme is called 'nobody'"]
