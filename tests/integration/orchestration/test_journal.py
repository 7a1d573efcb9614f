"""The journal makes work durable: nothing is done again, and what is unclear is parked."""

from __future__ import annotations

import pytest

from audit import payloads
from orchestration.errors import AskFailed, Denied, IllegalTransition, InvalidInput, NotAllowed
from orchestration.models import Attempt, BoardEntry, Step, Task
from orchestration.operations import attempts, interventions, parked
from orchestration.operations.planning import TaskSpec
from tests.integration.orchestration.world import World, tool_that


class Killed(BaseException):
    """Stands for a worker that dies on the spot."""


def crash_and_recover(world: World) -> None:
    """Run until the worker dies, then let its lease run out as the sweep would see it."""
    from datetime import timedelta

    from django.utils import timezone

    with pytest.raises(Killed):
        world.step_once()
    Attempt.objects.filter(state="running").update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert attempts.reap_lost_attempts() == 1


def test_a_worker_that_dies_after_a_step_does_not_do_it_again(world: World) -> None:
    calls = []
    name = tool_that(lambda call: calls.append(1) or {"n": len(calls)}, idempotent=False)
    lives = iter([True, False])

    def run(task):
        got = task.call(name)
        task.post("done", got)
        task.post("flush", 1, expects=0)
        if next(lives):
            raise Killed
        return got

    world.agent(run, grants=(name,))
    world.goal()
    crash_and_recover(world)
    assert world.run() == ["done"]
    assert len(calls) == 1
    assert BoardEntry.objects.filter(key="done").count() == 1


def test_buffered_steps_of_a_dead_worker_never_happened(world: World) -> None:
    lives = iter([True, False])

    def run(task):
        task.post("a", 1)
        if next(lives):
            raise Killed
        return {}

    world.agent(run)
    world.goal()
    crash_and_recover(world)
    assert not Step.objects.exists()
    assert world.run() == ["done"]
    assert BoardEntry.objects.filter(key="a").count() == 1


def test_an_idempotent_tool_is_called_again_with_the_same_key(world: World) -> None:
    keys = []

    def perform(call):
        keys.append(call.idempotency_key)
        if len(keys) == 1:
            raise Killed
        return {}

    name = tool_that(perform, idempotent=True)
    world.agent(lambda task: task.call(name), grants=(name,))
    world.goal()
    crash_and_recover(world)
    assert world.run() == ["done"]
    assert len(keys) == 2
    assert len(set(keys)) == 1


class TestUnknown:
    """A tool that is not idempotent was begun, and nobody knows whether it happened."""

    @pytest.fixture
    def calls(self, world: World) -> list[str]:
        calls: list[str] = []

        def perform(call):
            calls.append(call.idempotency_key)
            if len(calls) == 1:
                raise Killed
            return {"n": len(calls)}

        name = tool_that(perform, idempotent=False)
        world.agent(lambda task: {"got": task.call(name)}, grants=(name,))
        world.goal()
        crash_and_recover(world)
        assert world.run() == ["parked"]
        return calls

    def test_is_parked_and_not_repeated(self, world: World, calls: list[str]) -> None:
        task = world.only_task()
        assert (task.state, task.park_reason) == ("parked", "unknown")
        assert Step.objects.get().state == "unknown"
        assert len(calls) == 1

    def test_a_person_says_it_happened_and_the_agent_goes_on(
        self, world: World, calls: list[str]
    ) -> None:
        parked.say_it_happened(
            task=world.only_task(), person=world.operator, outcome={"n": 1}, reason="saw it"
        )
        assert world.run() == ["done"]
        assert len(calls) == 1
        task = world.only_task()
        assert payloads.load(task.result) == {"got": {"n": 1}}
        assert task.result_labels == {"got.n": ["human"]}

    def test_a_person_says_it_did_not_and_it_is_done_again(
        self, world: World, calls: list[str]
    ) -> None:
        parked.say_it_did_not(task=world.only_task(), person=world.operator, reason="looked")
        assert world.run() == ["done"]
        assert len(calls) == 2

    def test_only_one_person_settles_it(self, world: World, calls: list[str]) -> None:
        task = world.only_task()
        parked.say_it_did_not(task=task, person=world.operator, reason="looked")
        with pytest.raises(IllegalTransition, match="somebody else"):
            parked.say_it_did_not(task=task, person=world.asker, reason="looked")


def test_a_handler_that_takes_another_way_is_parked_as_diverged(world: World) -> None:
    ways = iter(["left", "right"])

    def run(task):
        task.post(next(ways), 1, expects=0)
        raise Killed

    world.agent(run)
    world.goal()
    crash_and_recover(world)
    assert world.step_once() == ["diverged"]
    task = world.only_task()
    assert (task.state, task.park_reason) == ("parked", "diverged")
    assert "board.post left" in task.reason
    assert "board.post right" in task.reason


def test_a_retry_uses_the_finished_outcomes_of_writing_steps_again(world: World) -> None:
    calls = []
    name = tool_that(lambda call: calls.append(1) or {}, idempotent=True)
    fails = iter([True, False])

    def run(task):
        task.call(name, a=1)
        if next(fails):
            raise RuntimeError("boom")
        return {}

    world.agent(run, grants=(name,), limits={"retries": 1})
    world.goal()
    assert world.run() == ["failed", "done"]
    assert len(calls) == 1
    assert world.only_task().generation == 2


def test_chance_and_time_are_the_same_on_a_second_run(world: World) -> None:
    lives = iter([True, False])
    seen = []

    def run(task):
        seen.append((task.random(), task.now(), task.new_id()))
        task.post("x", 1, expects=0)
        if next(lives):
            raise Killed
        return {}

    world.agent(run)
    world.goal()
    crash_and_recover(world)
    assert world.run() == ["done"]
    assert seen[0] == seen[1]


def test_asking_suspends_until_the_other_has_answered(world: World) -> None:
    world.agent(lambda task: {"double": 2 * task.input["n"]}, capability="doubling")
    world.agent(lambda task: {"got": task.ask("doubling", {"n": 4})})
    world.goal()
    assert sorted(world.run()) == ["done", "done", "suspended"]
    assert payloads.load(Task.objects.get(key="plan-1").result) == {"got": {"double": 8}}


def test_an_asker_is_told_when_the_other_fails(world: World) -> None:
    told = []

    def fail(task):
        raise ValueError("no idea")

    def run(task):
        try:
            task.ask("doubling", {})
        except AskFailed as error:
            told.append(str(error))
        return {}

    world.agent(fail, capability="doubling")
    world.agent(run)
    world.goal()
    world.run()
    assert "no idea" in told[0]


def test_nobody_able_is_parked_until_somebody_is(world: World) -> None:
    world.agent(lambda task: task.ask("flying", {}))
    world.goal()
    world.run()
    waiting = Task.objects.get(capability="flying")
    assert (waiting.state, waiting.park_reason) == ("parked", "ownerless")
    world.agent(lambda task: {"flew": True}, capability="flying")
    parked.retry_task(task=waiting, person=world.operator, reason="there is one now")
    world.run()
    assert Task.objects.get(key="plan-1").state == "done"


def test_a_planner_that_asks_for_a_circle_is_told_and_nothing_is_added(world: World) -> None:
    told = []

    def run(task):
        try:
            task.add(
                [
                    TaskSpec("a", "work", "A", needs=["b"]),
                    TaskSpec("b", "work", "B", needs=["a"]),
                    TaskSpec("c", "work", "C", needs=["nowhere"]),
                ]
            )
        except InvalidInput as error:
            told.extend(error.problems)
        return {}

    world.agent(run)
    world.goal()
    assert world.run() == ["done"]
    assert any("circle" in line for line in told)
    assert any("'nowhere'" in line for line in told)
    assert Task.objects.count() == 1


def test_tasks_run_after_what_they_need_and_see_its_results(world: World) -> None:
    def plan(task):
        task.add(
            [
                TaskSpec("one", "adding", "One", input={"n": 1}),
                TaskSpec("two", "adding", "Two", input={"n": 2}),
                TaskSpec("sum", "adding", "Sum", input={"n": 0}, needs=["one", "two"]),
            ]
        )
        return {}

    def add(task):
        return {"n": task.input["n"] + sum(r["n"] for r in task.results.values())}

    world.agent(plan)
    world.agent(add, capability="adding")
    goal = world.goal()
    assert world.run() == ["done"] * 4
    goal.refresh_from_db()
    assert payloads.load(goal.outcome)["results"]["sum"] == {"n": 3}


def test_no_step_starts_after_a_halt_and_it_goes_on_after_the_release(world: World) -> None:
    orders = iter([True, False])
    halts = []

    def run(task):
        task.post("before", 1, expects=0)
        if next(orders):
            halts.append(
                interventions.order_halt(
                    kind="everything", subject="", scope="acme", person=world.operator, reason="!"
                )
            )
        task.post("after", 1, expects=0)
        return {}

    world.agent(run)
    world.goal()
    assert world.run() == ["halted"]
    assert not BoardEntry.objects.filter(key="after").exists()
    assert world.run() == []
    with pytest.raises(NotAllowed, match="someone other"):
        interventions.release_halt(halt=halts[0], person=world.operator)
    interventions.release_halt(halt=halts[0], person=world.asker)
    assert world.run() == ["done"]
    assert BoardEntry.objects.filter(key="after").count() == 1


def test_a_paused_agent_stops_before_its_next_step(world: World) -> None:
    pauses = iter([True, False])

    def run(task):
        task.post("before", 1, expects=0)
        if next(pauses):
            agent.refresh_from_db()
            interventions.pause_agent(agent=agent, person=world.operator)
        task.post("after", 1, expects=0)
        return {}

    agent = world.agent(run)
    world.goal()
    assert world.run() == ["halted"]
    agent.refresh_from_db()
    interventions.resume_agent(agent=agent, person=world.operator)
    assert world.run() == ["done"]


def test_a_budget_refuses_what_would_overshoot_it(world: World) -> None:
    done = []

    def run(task):
        for number in range(10):
            task.post(f"k{number}", 1)
            done.append(number)
        return {}

    world.agent(run)
    goal = world.goal(budget={"steps": 5})
    world.run()
    goal.refresh_from_db()
    assert goal.state == "failed"
    assert "budget of steps" in goal.reason
    assert len(done) == 5


def test_a_task_that_takes_too_many_steps_must_go_on_as_a_new_one(world: World) -> None:
    told = []

    def run(task):
        start = task.input.get("from", 0)
        try:
            for number in range(start, 600):
                task.post(f"k{number % 5}", number)
        except Denied as denied:
            told.extend(denied.reasons)
            return task.continue_as({"from": number})
        return {"last": number}

    world.agent(run)
    world.goal()
    assert world.run() == ["done", "done"]
    assert "500 steps" in told[0]
    assert payloads.load(Task.objects.latest("created_at").result) == {"last": 599}


def test_work_cannot_be_handed_on_for_ever(world: World) -> None:
    def pass_on(task):
        try:
            return task.ask("work", {"n": task.input.get("n", 0) + 1})
        except Denied as denied:
            return {"stopped": denied.reasons}

    world.agent(pass_on)
    world.goal()
    world.run()
    deepest = Task.objects.order_by("-depth").first()
    assert deepest is not None
    assert 0 < deepest.depth < 20
    result = payloads.load(Task.objects.get(key="plan-1").result)
    assert "deep" in result["stopped"][0] or "handed" in result["stopped"][0], result


def test_an_agent_that_works_in_ticks_may_go_on_for_long(world: World) -> None:
    def tick(task):
        number = task.input.get("n", 0)
        return task.continue_as({"n": number + 1}) if number < 20 else {"n": number}

    world.agent(lambda task: task.add([TaskSpec("clock", "ticking", "Tick")]))
    world.agent(tick, capability="ticking")
    goal = world.goal()
    world.run()
    goal.refresh_from_db()
    assert payloads.load(goal.outcome)["results"] == {"clock~21": {"n": 20}}
