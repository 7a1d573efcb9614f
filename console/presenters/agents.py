"""An agent as its page shows it: facts, acts, panels, tools, policies and versions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from console.presenters import charts, formats, words
from console.presenters.charts import Box
from console.queries.agents import Minute, Service
from orchestration.models import Agent, AgentVersion, Step
from orchestration.policy.terms import Policy
from orchestration.vocabulary import AgentState, Autonomy

PANEL = Box(300, 72, 2)
AUTONOMY = {
    Autonomy.OBSERVE: "Reads only",
    Autonomy.PROPOSE: "Proposes, acts on nothing alone",
    Autonomy.ACT_WITH_APPROVAL: "Asks before each write",
    Autonomy.ACT_AND_REPORT: "Writes alone, asks before what can't be undone",
    Autonomy.ACT: "Acts alone within policy",
}
RUNNERS = {"python": "Python handler", "llm": "Language model with tools", "http": "Remote"}
SHOWN_CAPABILITIES = 3


def state_choices(current: str) -> list[dict[str, Any]]:
    """The states a list can be narrowed to."""
    return [
        {
            "label": words.state_look("agent", state).label,
            "value": state.value,
            "current": state == current,
        }
        for state in AgentState
    ]


def head(service: Service) -> dict[str, Any]:
    """Name, state, role and purpose of the agent."""
    agent, version = service.agent, service.version
    return {
        "id": str(agent.pk),
        "slug": agent.slug,
        "name": agent.name,
        "state": agent.state,
        "role": version.role if version else "no version yet",
        "purpose": version.instructions if version else "It takes no work until one is published.",
    }


def facts(service: Service) -> list[dict[str, Any]]:
    """The strip under the name."""
    agent, version = service.agent, service.version
    lines: list[dict[str, Any]] = [
        {"label": "Unit", "text": agent.scope},
        {"label": "Owner", "text": _owner(agent)},
    ]
    if version:
        lines = [
            {"label": "Version", "text": f"v{version.number}"},
            *lines,
            {"label": "Autonomy", "text": AUTONOMY.get(Autonomy(version.autonomy), "")},
            {"label": "Risk", "text": "", "state": ["risk", version.risk_class]},
            {"label": "Runs as", "text": RUNNERS.get(version.runner, version.runner)},
            {"label": "Can do", "text": ", ".join(version.capabilities[:SHOWN_CAPABILITIES])},
        ]
    return [*lines, {"label": "Now", "text": _now(service.busy)}]


def _owner(agent: Agent) -> str:
    return str(agent.owner) if agent.owner else "nobody"


def _now(busy: dict[str, int]) -> str:
    said = [
        f"{formats.number(count)} {words.state_look('task', state).label.lower()}"
        for state, count in sorted(busy.items())
    ]
    return ", ".join(said) or "nothing to do"


def acts(agent: Agent, *, may_act: bool) -> list[dict[str, Any]]:
    """What an operator may do to it in its state."""
    if not may_act:
        return []
    address = reverse("agent-act", args=[agent.slug])
    if agent.state == AgentState.ACTIVE:
        return [_act("pause", "Pause", "pause", address)]
    if agent.state == AgentState.PAUSED:
        return [_act("resume", "Resume", "play", address)]
    return []


def _act(value: str, label: str, icon: str, address: str) -> dict[str, Any]:
    fields = [{"name": "act", "value": value}]
    return {"label": label, "url": address, "icon": icon, "danger": False, "fields": fields}


def panels(minutes: Sequence[Minute]) -> list[dict[str, Any]]:
    """Rate, errors, latency and cost over the last hour."""
    steps = [minute.steps for minute in minutes]
    errors = [100 * charts.share(minute.errors, minute.steps) for minute in minutes]
    latency = [minute.p95_ms or 0.0 for minute in minutes]
    cost = [minute.cost_minor for minute in minutes]
    total, failed = sum(steps), sum(minute.errors for minute in minutes)
    slowest = max((one.p95_ms for one in minutes if one.p95_ms is not None), default=None)
    worst = "none ended" if slowest is None else f"{slowest:,.1f}"
    return [
        _panel("Rate", "steps a minute", formats.number(total / len(minutes)), steps),
        _panel(
            "Denied or failed", "% of steps", f"{100 * charts.share(failed, total):.1f}", errors
        ),
        _panel("Time to outcome", "ms, 95th percentile, worst minute", worst, latency),
        _panel("Cost", "all of it", formats.money(sum(cost)), cost),
    ]


def _panel(title: str, unit: str, value: str, values: Sequence[float]) -> dict[str, Any]:
    label = f"{title} in the last hour, {unit}: {value}"
    path = charts.line_path(values, PANEL)
    shown = {"title": title, "unit": unit, "value": value, "label": label, "path": path}
    return {**shown, "values": [round(one, 2) for one in values]}


def tasks(service: Service) -> list[dict[str, Any]]:
    """Its tasks, unfinished ones first."""
    return [
        {
            "id": str(task.pk),
            "title": task.title,
            "url": reverse("task", args=[task.pk]),
            "state": task.state,
            "goal": task.goal.title,
            "goal_url": reverse("flow", args=[task.goal_id]),
            "since": task.finished_at or task.started_at or task.created_at,
        }
        for task in service.tasks
    ]


def decisions(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Its last steps with what was decided and by which rule."""
    return [
        {
            "id": str(step.pk),
            "at": step.decided_at,
            "title": step.target or step.act,
            "url": reverse("decision", args=[step.pk]),
            "effect": "flag" if step.flagged and step.effect == "allow" else step.effect,
            "reason": rules_of(step),
        }
        for step in steps
    ]


def rules_of(step: Step) -> str:
    """The rules that decided a step, by name."""
    reasons = step.decision.get("reasons", [])
    return ", ".join(f"{one['policy']}: {one['rule']}" for one in reasons)


def tools(service: Service) -> list[dict[str, Any]]:
    """The tools it may ask for."""
    return [
        {
            "name": tool.name,
            "effect": tool.effect,
            "idempotent": tool.idempotent,
            "description": tool.title,
        }
        for tool in service.tools
    ]


def policies(found: Sequence[Policy]) -> list[dict[str, Any]]:
    """Policies that speak about it."""
    return [
        {
            "name": policy.key,
            "title": policy.title,
            "url": reverse("policy", args=[policy.key]),
            "mode": policy.mode,
        }
        for policy in found
    ]


def versions(service: Service) -> list[dict[str, Any]]:
    """Its versions, the newest first."""
    current = service.version.pk if service.version else None
    return [
        {
            "number": version.number,
            "at": version.published_at,
            "who": version.author,
            "note": _note(version),
            "current": version.pk == current,
        }
        for version in service.versions
    ]


def _note(version: AgentVersion) -> str:
    return f"{version.handler} {version.handler_version}, {version.autonomy}"


def limits(service: Service) -> list[dict[str, Any]]:
    """Budgets of its own."""
    return [
        {
            "name": budget.measure.capitalize(),
            "used": budget.spent + budget.leased,
            "limit": budget.cap,
            "text": f"{formats.number(budget.spent)} spent, {formats.number(budget.leased)} leased"
            f" of {formats.number(budget.cap)}",
        }
        for budget in service.budgets
    ]
