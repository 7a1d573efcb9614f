"""Who may start a goal, stop it or tell it news: the operation itself asks, not the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from audit.models import Entry
from orchestration.errors import NotAllowed
from orchestration.models import Goal, Person
from orchestration.operations import goals, people
from orchestration.operations.changes import SYSTEM
from orchestration.vocabulary import Role
from tests.integration.orchestration.scenes import Scene

SPEC = goals.GoalSpec(title="G", objective="Do", planner="work")


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def acts(scene: Scene, goal: Goal, person: Person) -> dict[str, Callable[[], object]]:
    """What people may do to a goal, by name, in an order in which each is possible."""
    return {
        "start": lambda: goals.open_goal(spec=SPEC, unit=scene.unit, requested_by=person),
        "tell": lambda: goals.change_facts(
            goal=goal, values={"k": 1}, reason="news", person=person
        ),
        "pause": lambda: goals.pause_goal(goal=goal, reason="wait", person=person),
        "resume": lambda: goals.resume_goal(goal=goal, person=person),
        "cancel": lambda: goals.cancel_goal(goal=goal, reason="enough", person=person),
    }


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_operators_and_admins_of_the_unit_or_above_may(scene: Scene, role: Role) -> None:
    goal = scene.ready_task().goal
    for name, act in acts(scene, goal, scene.person("may", role)).items():
        act()
        assert Entry.objects.order_by("-id")[0].actor_kind in {"person", "system"}, name
    assert Goal.objects.get(pk=goal.pk).state == "cancelled"


@pytest.mark.parametrize("role", [None, *sorted(set(Role) - {Role.OPERATOR, Role.ADMIN})])
def test_nobody_else_may_and_nothing_is_left_of_the_attempt(
    scene: Scene, role: Role | None
) -> None:
    goal = scene.ready_task().goal
    nobody = scene.person("nobody", role)
    _refused(scene, goal, nobody)


def test_rights_elsewhere_or_below_or_of_former_people_are_none(scene: Scene) -> None:
    goal = scene.ready_task().goal
    for number, scope in enumerate(["globex", "acme/below", "acmeland"]):
        kind = "department" if "/" in scope else "organisation"
        unit = scene.open_unit(scope, kind)
        _refused(scene, goal, scene.person(f"stranger{number}", Role.ADMIN, unit))
    gone = scene.person("gone", Role.ADMIN)
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    _refused(scene, goal, Person.objects.get(pk=gone.pk))
    left = scene.person("left", Role.OPERATOR)
    people.withdraw_role(person=left, unit=scene.unit, role=Role.OPERATOR, actor=SYSTEM)
    _refused(scene, goal, Person.objects.get(pk=left.pk))


def _refused(scene: Scene, goal: Goal, person: Person) -> None:
    last = Entry.objects.order_by("-id")[0].id
    for act in acts(scene, goal, person).values():
        with pytest.raises(NotAllowed, match="operator or admin in acme"):
            act()
    assert not Entry.objects.filter(id__gt=last).exists()
    assert Goal.objects.get(pk=goal.pk).revision == goal.revision
