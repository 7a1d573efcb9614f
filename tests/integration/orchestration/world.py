"""A small world for tests: a unit, people, agents made on the spot, and a stepwise run."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from audit.models import Entry
from orchestration.models import Agent, Attempt, Goal, Person, Task, Unit
from orchestration.operations import attempts, dispatch, fleet, goals, installation, people
from orchestration.operations.changes import SYSTEM
from orchestration.operations.policies import save_policy
from orchestration.policy.language import parse
from orchestration.runtime.attempts import run_attempt
from orchestration.runtime.handlers import handler
from orchestration.runtime.keeper import Keeper
from orchestration.tools.contract import ToolCall, tool
from orchestration.vocabulary import Role

LEASE = timedelta(seconds=30)
_names = itertools.count()

ANY_OBJECT: dict[str, Any] = {"type": "object"}


def tool_that(perform: Callable[[ToolCall], Any], *, effect: str = "write", **options: Any) -> str:
    """Declare a tool on the spot and return its name."""
    name = f"tests.tool{next(_names)}"
    schema = options.pop("arguments", ANY_OBJECT)
    perform.__qualname__ = name
    tool(
        name,
        title=f"Do {name}",
        effect=effect,  # type: ignore[arg-type]
        arguments=schema,
        result=options.pop("result", {}),
        **options,
    )(perform)
    return name


class World:
    """A unit with people, and whatever agents a test gives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keeper = Keeper(LEASE)
        self.unit = self.open_unit("acme", "organisation")
        self.asker = self.person("ada", Role.ADMIN)
        self.first = self.person("pia", Role.APPROVER)
        self.second = self.person("quinn", Role.APPROVER)
        self.operator = self.person("otto", Role.OPERATOR)

    def open_unit(self, scope: str, kind: str = "department") -> Unit:
        return people.open_unit(scope=scope, name=scope, kind=kind, actor=SYSTEM)

    def person(self, name: str, role: Role | None, unit: Unit | None = None) -> Person:
        unit = unit or self.unit
        person = people.admit_person(
            username=name, display_name=name, password="x", scope=unit.scope, actor=SYSTEM
        )
        if role is not None:
            people.grant_role(person=person, unit=unit, role=role, actor=SYSTEM)
        return person

    def agent(
        self,
        run: Callable[..., Any],
        *,
        capability: str = "work",
        grants: tuple[str, ...] = (),
        **how: Any,
    ) -> Agent:
        """An agent whose handler is this function."""
        name = f"tests.handler{next(_names)}"
        run.__qualname__ = name
        handler(name, version=1, capabilities=[capability])(run)
        for grant in grants:
            from orchestration.tools.contract import tool_named

            spec = tool_named(grant)
            if spec is not None:
                fleet.register_tool(spec=spec, actor=SYSTEM)
        agent = fleet.register_agent(
            slug=name.replace(".", "-"), name=name, unit=self.unit, owner=None, actor=SYSTEM
        )
        definition = fleet.AgentDefinition(
            role="executor",
            capabilities=[capability],
            handler=name,
            grants=list(grants),
            autonomy=how.pop("autonomy", "act"),
            limits=how.pop("limits", {"retries": 0}),
            **how,
        )
        fleet.publish_version(agent=agent, definition=definition, actor=SYSTEM)
        return agent

    def policy(self, source: str) -> None:
        """Put one more policy in force."""
        parse(source)
        file = self.folder / f"policy{next(_names)}.yaml"
        file.write_text(source)
        installation.add_policies([file], scope="", reason="a test")

    def goal(self, *, planner: str = "work", **fields: Any) -> Goal:
        spec = goals.GoalSpec(title="A goal", objective="Do it", planner=planner, **fields)
        return goals.open_goal(spec=spec, unit=self.unit, requested_by=self.asker)

    def step_once(self) -> list[str]:
        """Dispatch, run everything admitted, and move goals on; how each attempt ended."""
        dispatch.dispatch()
        claimed = attempts.claim_tasks(worker="test", limit=100, lease=LEASE)
        ended = [run_attempt(attempt.pk, self.folder, self.keeper) for attempt in claimed]
        for goal in Goal.objects.all():
            goals.advance_goal(goal_id=goal.pk)
        return ended

    def run(self, most: int = 50) -> list[str]:
        """Run until nothing moves."""
        ended: list[str] = []
        for _ in range(most):
            done = self.step_once()
            if not done:
                return ended
            ended += done
        raise AssertionError(f"still moving after {most} turns: {ended}")

    def only_task(self) -> Task:
        return Task.objects.get()

    def kinds(self, goal: Goal) -> list[str]:
        """Kinds of the goal's entries in order."""
        return list(
            Entry.objects.filter(goal=goal.pk).order_by("id").values_list("kind", flat=True)
        )


__all__ = ["Attempt", "World", "save_policy", "tool_that"]
