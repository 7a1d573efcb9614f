"""Agents, their versions, and the tools that may be granted to them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from audit import ledger
from audit.entries import Actor
from orchestration.errors import InvalidInput
from orchestration.models import Agent, AgentVersion, Person, Tool, Unit
from orchestration.operations.changes import change, create
from orchestration.tools.contract import ToolSpec


@dataclass(frozen=True)
class AgentDefinition:
    """What a version of an agent says; see AgentVersion for the meaning of each field."""

    role: str
    capabilities: list[str]
    handler: str
    instructions: str = ""
    grants: list[str] = field(default_factory=list)
    autonomy: str = "observe"
    risk_class: str = "low"
    runner: str = "python"
    handler_version: int = 1
    model: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)


def register_agent(
    *, slug: str, name: str, unit: Unit, owner: Person | None, actor: Actor
) -> Agent:
    """Create an agent without a version; it takes no work until one is published."""
    with ledger.transaction():
        if Agent.objects.filter(slug=slug).exists():
            raise InvalidInput(f"an agent called {slug!r} exists")
        agent = Agent(slug=slug, name=name, unit=unit, owner=owner, scope=unit.scope)
        return create(agent, "agent.registered", actor)


def publish_version(*, agent: Agent, definition: AgentDefinition, actor: Actor) -> AgentVersion:
    """Make a new immutable version current. Tasks that run keep the version they began with."""
    _check_definition(definition)
    with ledger.transaction():
        latest = agent.versions.order_by("-number").first()
        version = AgentVersion(
            agent=agent,
            number=latest.number + 1 if latest else 1,
            author=actor.name,
            **asdict(definition),
        )
        create(
            version,
            "agent_version.published",
            actor,
            subject_kind="agent_version",
            scope=agent.scope,
        )
        change(agent, "agent.version_changed", actor, current=version)
        return version


def _check_definition(definition: AgentDefinition) -> None:
    problems = [
        f"the tool {grant!r} is not known"
        for grant in definition.grants
        if not grant.endswith("*") and not Tool.objects.filter(name=grant).exists()
    ]
    if not definition.capabilities:
        problems.append("an agent needs at least one capability")
    if problems:
        raise InvalidInput(*problems)


def register_tool(*, spec: ToolSpec, actor: Actor) -> Tool:
    """Record a declared tool, or bring its row up to date with its declaration."""
    fields: dict[str, Any] = {
        "title": spec.title,
        "effect": spec.effect,
        "idempotent": spec.idempotent,
        "arguments": spec.arguments,
        "result": spec.result,
        "labels": list(spec.labels),
        "cost_minor": spec.cost_minor,
        "timeout_s": spec.timeout_s,
        "compensation": spec.compensation,
    }
    with ledger.transaction():
        tool = Tool.objects.filter(name=spec.name).first()
        if tool is None:
            return create(Tool(name=spec.name, **fields), "tool.registered", actor)
        differing = {name: value for name, value in fields.items() if getattr(tool, name) != value}
        return change(tool, "tool.changed", actor, **differing) if differing else tool
