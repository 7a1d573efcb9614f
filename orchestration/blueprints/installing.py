"""Putting a blueprint into an installation, starting its goals and reporting its events."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import jsonschema

from audit import ledger
from orchestration.blueprints import INSTALLED
from orchestration.blueprints.contract import AgentSpec, Blueprint, GoalTemplate
from orchestration.errors import InvalidInput
from orchestration.models import Agent, AgentVersion, Goal, Person, Task, Unit
from orchestration.operations import fleet, goals, installation, people
from orchestration.operations.changes import SYSTEM, change
from orchestration.tools.contract import tool_named


def blueprints() -> list[Blueprint]:
    """The installed blueprints."""
    modules = [import_module(f"orchestration.blueprints.{name}") for name in INSTALLED]
    return [module.BLUEPRINT for module in modules]


def blueprint_named(name: str) -> Blueprint:
    """The blueprint of that name; InvalidInput lists those there are."""
    found = {one.name: one for one in blueprints()}
    if name not in found:
        raise InvalidInput(f"no blueprint is called {name!r}; there are: {', '.join(found)}")
    return found[name]


def install_blueprint(blueprint: Blueprint, *, owner: Person | None = None) -> None:
    """Create what is missing of a blueprint and bring its agents up to date."""
    with ledger.transaction():
        for name in blueprint.tools:
            declared = tool_named(name)
            if declared is None:
                raise InvalidInput(f"blueprint {blueprint.name}: no tool {name!r} is declared")
            fleet.register_tool(spec=declared, actor=SYSTEM)
        for unit in blueprint.units:
            people.open_unit(scope=unit.path, name=unit.name, kind=unit.kind, actor=SYSTEM)
        made = {spec.slug: _install_agent(spec, owner) for spec in blueprint.agents}
        for spec in blueprint.agents:
            supervisor = made.get(spec.supervisor)
            agent = made[spec.slug]
            if supervisor is not None and agent.supervisor_id != supervisor.pk:
                change(agent, "agent.supervisor_set", SYSTEM, supervisor=supervisor)
        top = blueprint.units[0].path if blueprint.units else ""
        installation.add_policies(
            list(blueprint.policies), scope=top, reason=f"blueprint {blueprint.name}"
        )


def is_installed(blueprint: Blueprint) -> bool:
    """Whether all agents of a blueprint are there."""
    slugs = [spec.slug for spec in blueprint.agents]
    return Agent.objects.filter(slug__in=slugs).count() == len(slugs)


def _install_agent(spec: AgentSpec, owner: Person | None) -> Agent:
    agent = Agent.objects.filter(slug=spec.slug).first()
    if agent is None:
        unit = Unit.objects.get(scope=spec.unit)
        agent = fleet.register_agent(
            slug=spec.slug, name=spec.name, unit=unit, owner=owner, actor=SYSTEM
        )
    definition = fleet.AgentDefinition(
        role=spec.role.value,
        instructions=spec.instructions,
        capabilities=list(spec.capabilities),
        grants=list(spec.grants),
        autonomy=spec.autonomy.value,
        risk_class=spec.risk_class.value,
        handler=spec.handler,
        handler_version=spec.handler_version,
        limits=dict(spec.limits),
    )
    if agent.current is None or _differs(agent.current, definition):
        fleet.publish_version(agent=agent, definition=definition, actor=SYSTEM)
    return agent


def _differs(version: AgentVersion, definition: fleet.AgentDefinition) -> bool:
    return any(getattr(version, name) != value for name, value in definition.__dict__.items())


def start_goal(
    blueprint: Blueprint,
    template: GoalTemplate,
    *,
    seed: int,
    options: dict[str, Any],
    requested_by: Person | None,
) -> Goal:
    """Start a goal of a template.

    Raises InvalidInput when the options do not fit the template's parameters, NotAllowed when the
    person may not start goals there.
    """
    problems = [
        f"{'/'.join(str(part) for part in fault.absolute_path) or 'options'}: {fault.message}"
        for fault in jsonschema.Draft202012Validator(template.parameters).iter_errors(options)
    ]
    if problems:
        raise InvalidInput(*problems)
    spec = goals.GoalSpec(
        title=template.title,
        objective=template.objective,
        planner=template.planner,
        evaluator=template.evaluator,
        criteria=list(template.criteria),
        constraints=dict(template.constraints),
        brief=template.make_input(seed, options),
        budget=dict(template.budget),
        max_rounds=template.max_rounds,
        blueprint=blueprint.name,
        template=template.key,
    )
    unit = Unit.objects.get(scope=template.unit)
    return goals.open_goal(spec=spec, unit=unit, requested_by=requested_by)


def report_event(*, goal: Goal, key: str, choice: str, person: Person | None) -> Task:
    """Report an event of the goal's blueprint, such as a closed port; returns the new plan's task.

    Raises InvalidInput when the blueprint has no such event or nothing goes by that name,
    NotAllowed when the person may not do that there; nobody stands for the installation itself.
    """
    event = blueprint_named(goal.blueprint).event(key)
    if event is None:
        raise InvalidInput(f"{goal.blueprint} has no event {key!r}")
    board = goals.board_values(goal=goal, keys=event.reads)
    said = event.change(choice, board)
    return goals.change_facts(
        goal=goal, values=dict(said.values), reason=said.reason, person=person
    )
