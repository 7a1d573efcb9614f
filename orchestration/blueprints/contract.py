"""What a blueprint is made of: units, agents, tools, policies, goal templates and events. Pure.

A blueprint is plain values and pure functions; installing it is the business of operations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from orchestration.vocabulary import AgentRole, Autonomy, Risk

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

UnitKind = Literal["organisation", "department", "region", "team"]


@dataclass(frozen=True)
class UnitSpec:
    """A unit of the tree. `path` is its scope, such as `demo/operations/emea`; parents come
    first.
    """

    path: str
    name: str
    kind: UnitKind = "department"


@dataclass(frozen=True)
class AgentSpec:
    """The first version of an agent.

    Attributes:
        slug: unique name in addresses. name: what the screens show.
        unit: path of a UnitSpec. supervisor: slug of the agent it reports to, or empty.
        handler, handler_version: registered agent code that carries out its tasks.
        grants: names of tools it may ask for; a grant alone allows nothing.
        limits: what one task of it may use, such as `{"steps": 200}`.
    """

    slug: str
    name: str
    unit: str
    role: AgentRole
    capabilities: tuple[str, ...]
    handler: str
    instructions: str
    handler_version: int = 1
    grants: tuple[str, ...] = ()
    autonomy: Autonomy = Autonomy.ACT_AND_REPORT
    risk_class: Risk = Risk.LOW
    supervisor: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class GoalTemplate:
    """A kind of goal that can be started by hand, by a schedule or from the command line.

    Attributes:
        objective: one sentence every agent under the goal sees.
        criteria: sentences the evaluator judges by. constraints: limits by name, JSON.
        planner, evaluator: capabilities that open and judge the goal.
        budget: caps by measure: `steps` (count), `money` (minor units), `seconds`.
        parameters: JSON schema of the options a person may choose.
        make_input: (seed, options) to the planner's input; the same pair gives the same input.
            Raises InvalidInput when an option makes no sense.
        max_rounds: plans judged before a person is asked.
    """

    key: str
    title: str
    objective: str
    criteria: tuple[str, ...]
    constraints: Mapping[str, Json]
    planner: str
    evaluator: str
    budget: Mapping[str, int]
    parameters: Mapping[str, Json]
    make_input: Callable[[int, Mapping[str, Json]], dict[str, Json]]
    unit: str
    max_rounds: int = 3


@dataclass(frozen=True)
class BoardChange:
    """What an event writes to a goal's blackboard.

    Attributes:
        reason: a sentence for the plan that follows.
        values: new values by blackboard key; tasks that watch one of the keys are replanned.
    """

    reason: str
    values: Mapping[str, Json]


@dataclass(frozen=True)
class EventSpec:
    """Something in the world that an operator reports and a running goal must answer.

    Attributes:
        title: what the button says. question: what the operator is asked for.
        choices: (value, label) pairs the operator may choose from.
        reads: blackboard keys whose values `change` is given.
        change: (chosen value, values read) to what is written.
            Raises InvalidInput when nothing goes by that name.
    """

    key: str
    title: str
    question: str
    choices: tuple[tuple[str, str], ...]
    reads: tuple[str, ...]
    change: Callable[[str, Mapping[str, Json]], BoardChange]


@dataclass(frozen=True)
class Blueprint:
    """A system that Signalbox can run. `tools` are names of declared tools, `policies` are
    files.
    """

    name: str
    title: str
    summary: str
    units: tuple[UnitSpec, ...]
    agents: tuple[AgentSpec, ...]
    tools: tuple[str, ...]
    policies: tuple[Path, ...]
    goal_templates: tuple[GoalTemplate, ...]
    events: tuple[EventSpec, ...] = ()

    def template(self, key: str) -> GoalTemplate | None:
        """The goal template of that key, or None."""
        return next((one for one in self.goal_templates if one.key == key), None)

    def event(self, key: str) -> EventSpec | None:
        """The event of that key, or None."""
        return next((one for one in self.events if one.key == key), None)
