"""A whole freight run, with a passage closed midway, can be rebuilt from the ledger alone."""

from __future__ import annotations

from pathlib import Path

from audit.models import Entry
from orchestration.blueprints.installing import (
    blueprint_named,
    install_blueprint,
    report_event,
    start_goal,
)
from orchestration.models import Goal, Step, Task, Unit
from orchestration.operations import auto_approval
from orchestration.reconstruction.reading import reconstruct, reconstruct_everything
from orchestration.vocabulary import FINISHED_GOAL, Role
from tests.integration.orchestration.comparing import differences, tables
from tests.integration.orchestration.world import World

MOST_TURNS = 80


def test_a_freight_run_is_rebuilt_row_by_row(db: None, tmp_path: Path) -> None:
    world = World(tmp_path)
    freight = blueprint_named("freight")
    install_blueprint(freight)
    demo = Unit.objects.get(scope="demo")
    for name in ("demo-first", "demo-second"):
        world.person(name, Role.APPROVER, demo)
    asker = world.person("olga", Role.OPERATOR, demo)
    goal = start_goal(
        freight,
        freight.goal_templates[0],
        seed=7,
        options={"shipments": 6},
        requested_by=asker,
    )
    for turn in range(MOST_TURNS):
        world.step_once()
        auto_approval.approve_waiting(goal=goal)
        if turn == 3:
            report_event(goal=goal, key="close", choice="suez", person=None)
            midway, then = Entry.objects.order_by("-id")[0].id, tables()
        goal = Goal.objects.get(pk=goal.pk)
        if goal.state in FINISHED_GOAL:
            break
    assert goal.state == "completed"
    assert Step.objects.filter(goal=goal).count() > 30
    assert Task.objects.filter(goal=goal, title="Plan anew").exists()
    assert differences(reconstruct_everything(), tables()) == []
    assert differences(reconstruct_everything(at=midway), then) == []
    assert reconstruct(goal=goal.pk).of("goal")[str(goal.pk)].fields["state"] == goal.state
