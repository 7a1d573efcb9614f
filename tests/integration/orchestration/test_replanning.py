"""A fact changes while a goal runs: what it touches is planned anew, the rest goes on."""

from __future__ import annotations

from audit import payloads
from orchestration.models import Goal, Step, Task
from orchestration.operations import goals
from orchestration.operations.planning import TaskSpec
from tests.integration.orchestration.world import World, tool_that


def change(goal: Goal, value: int) -> None:
    goals.change_facts(goal=goal, values={"weather": value}, reason="a storm", person=None)


def test_only_what_watches_the_fact_is_cancelled_and_the_planner_is_told(world: World) -> None:
    told = []

    def plan(task):
        again = task.input.get("replan")
        if again is None:
            task.add(
                [
                    TaskSpec("sail", "acting", "Sail", watches=["weather"], needs=["start"]),
                    TaskSpec("arrive", "acting", "Arrive", needs=["sail"]),
                    TaskSpec("paint", "acting", "Paint", needs=["start"]),
                    TaskSpec("start", "starting", "Start"),
                ]
            )
        else:
            told.append(again)
            task.add([TaskSpec("sail-2", "acting", "Sail later", replaces=["sail"])])
        return {}

    changes = iter([True])

    def start(task):
        if next(changes, False):
            change(Goal.objects.get(), 9)
        return {}

    world.agent(plan)
    world.agent(start, capability="starting")
    world.agent(lambda task: {"did": task.key}, capability="acting")
    goal = world.goal()
    world.run()
    goal.refresh_from_db()
    assert goal.state == "completed"
    states = dict(Task.objects.values_list("key", "state"))
    assert states["sail"] == states["arrive"] == "cancelled"
    assert states["paint"] == states["sail-2"] == "done"
    assert told[0]["changed"] == {"weather": 9}
    assert {one["key"] for one in told[0]["cancelled"]} == {"sail", "arrive"}


def test_a_task_that_has_begun_to_act_ends_before_anybody_plans_on(world: World) -> None:
    """What it did outside must be recorded first, or the new plan would not know of it."""
    done = []
    pay = tool_that(lambda call: done.append(call.idempotency_key) or {}, idempotent=True)
    changes = iter([True])

    def act(task):
        task.call(pay)
        if next(changes, False):
            change(Goal.objects.get(), 9)
            assert Task.objects.get(key="plan-2").state == "pending"
        task.post("paid", True)
        return {}

    def plan(task):
        if "replan" in task.input:
            return {"knew": task.read("paid").value}
        task.add([TaskSpec("act", "acting", "Act", watches=["weather"])])
        return {}

    world.agent(plan)
    world.agent(act, capability="acting", grants=(pay,))
    goal = world.goal()
    world.run()
    goal.refresh_from_db()
    assert goal.state == "completed"
    assert Task.objects.get(key="act").state == "done"
    assert payloads.load(Task.objects.get(key="plan-2").result) == {"knew": True}
    assert len(done) == 1


def test_a_plan_that_is_refused_too_often_is_given_to_a_person(world: World) -> None:
    from orchestration.operations import parked

    critiques = []

    def plan(task):
        critiques.append(task.critique)
        return {}

    world.agent(plan)
    world.agent(lambda task: {"accepted": False, "critique": ["too dear"]}, capability="judging")
    goal = world.goal(evaluator="judging", max_rounds=2)
    world.run()
    assert critiques == [[], ["too dear"]]
    waiting = Task.objects.get(state="parked")
    assert waiting.park_reason == "escalated"
    parked.settle_escalation(task=waiting, person=world.operator, accept=True, reason="good enough")
    goal.refresh_from_db()
    assert goal.state == "completed"


def test_a_reading_that_was_begun_for_a_cancelled_task_is_abandoned(world: World) -> None:
    def look(call):
        change(Goal.objects.get(), 9)
        return {"seen": True}

    name = tool_that(look, effect="read", idempotent=True)

    def plan(task):
        if "replan" not in task.input:
            task.add([TaskSpec("look", "looking", "Look", watches=["weather"])])
        return {}

    world.agent(plan)
    world.agent(lambda task: task.call(name), capability="looking", grants=(name,))
    goal = world.goal()
    assert "lost" in world.run()
    goal.refresh_from_db()
    assert goal.state == "completed"
    assert Step.objects.get(target=name).state == "cancelled"
    kinds = world.kinds(goal)
    assert "step.abandoned" in kinds
    assert "step.outcome_came_late" in kinds
