"""Questions get an answer whatever the tasks of their goal are called."""

from __future__ import annotations

from pathlib import Path

from audit import payloads
from orchestration.models import Task
from orchestration.operations.planning import TaskSpec
from orchestration.planning.graph import LONGEST_KEY
from tests.integration.orchestration.world import World


def test_a_question_is_answered_although_its_name_is_taken(db: None, tmp_path: Path) -> None:
    world = World(tmp_path)

    def run(task):
        if task.key != "plan-1":
            return {}
        task.add([TaskSpec(f"plan-1/1.{number}", "work", "Taken") for number in range(1, 5)])
        return {"got": task.ask("doubling", {"n": 4})}

    world.agent(lambda task: {"double": 2 * task.input["n"]}, capability="doubling")
    world.agent(run)
    world.goal()
    world.run()
    assert payloads.load(Task.objects.get(key="plan-1").result) == {"got": {"double": 8}}


def test_a_task_with_the_longest_name_may_ask_as_often_as_it_likes(
    db: None, tmp_path: Path
) -> None:
    world = World(tmp_path)
    longest = "x" * LONGEST_KEY

    def run(task):
        if task.key != longest:
            return {"added": task.add([TaskSpec(longest, "work", "Ask")])}
        return {"got": [task.ask("doubling", {"n": number})["double"] for number in range(3)]}

    world.agent(lambda task: {"double": 2 * task.input["n"]}, capability="doubling")
    world.agent(run)
    world.goal()
    world.run()
    assert payloads.load(Task.objects.get(key=longest).result) == {"got": [0, 2, 4]}
