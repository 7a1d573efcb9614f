"""What benches share: a world whose agents are those of tests.bench.fleet."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from orchestration.models import Agent, Goal, Unit
from orchestration.operations import fleet, goals
from orchestration.operations.changes import SYSTEM
from orchestration.tools.contract import tool_named
from tests.bench.fleet import LOOK, PAY
from tests.integration.orchestration.world import World
from tests.machinery.databases import SECRET


class BenchWorld(World):
    """A world with declared agents, so that real workers know their handlers too."""

    def declared(
        self, what: str, *, autonomy: str = "act", slug: str = "", unit: Unit | None = None
    ) -> Agent:
        """An agent that runs the handler `bench.<what>`, a payer, poster or looker."""
        capability = f"bench.{what.removesuffix('er')}ing"
        slug = slug or f"bench-{what}"
        agent = fleet.register_agent(
            slug=slug, name=slug, unit=unit or self.unit, owner=None, actor=SYSTEM
        )
        definition = fleet.AgentDefinition(
            role="executor",
            capabilities=[capability],
            handler=f"bench.{what}",
            grants=[PAY, LOOK],
            autonomy=autonomy,
            limits={"retries": 0},
        )
        fleet.publish_version(agent=agent, definition=definition, actor=SYSTEM)
        return agent

    def goal_for(self, what: str, *, steps: int = 0) -> Goal:
        """A goal whose first task asks for that capability, with room for so many steps."""
        spec = goals.GoalSpec(
            title=f"Bench {what}",
            objective="Be measured",
            planner=f"bench.{what}",
            brief={"steps": steps},
        )
        return goals.open_goal(spec=spec, unit=self.unit, requested_by=self.asker)


@pytest.fixture
def world(committed_database: object, tmp_path: Path, settings: Settings) -> BenchWorld:
    """One unit with its people; sessions made here hold in the web server as well."""
    settings.SECRET_KEY = SECRET
    settings.STATIC_ROOT = tmp_path
    made = BenchWorld(tmp_path)
    for name in (PAY, LOOK):
        spec = tool_named(name)
        assert spec is not None
        fleet.register_tool(spec=spec, actor=SYSTEM)
    return made
