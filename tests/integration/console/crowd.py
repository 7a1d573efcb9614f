"""Many goals, agents and steps at once, written in bulk: for what pages cost in a crowd."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audit import ledger, payloads
from audit.entries import Actor, Draft
from audit.identifiers import new_id
from orchestration.models import Agent, AgentVersion, Attempt, Goal, Person, Step, Task, Unit

EFFECTS = ("allow",) * 15 + ("hold", "deny", "allow", "allow", "allow")
ASKED = (
    ("board.read", "closures"),
    ("tool.call", "routes.search"),
    ("tool.call", "payments.transfer"),
    ("result.publish", "routing"),
)
STATES = {"allow": "done", "hold": "held", "deny": "denied"}


@dataclass(frozen=True)
class Size:
    """How much of everything; steps are spread over tasks of ten, tasks over goals and agents."""

    agents: int = 100
    goals: int = 10
    steps: int = 10_000


def fill(unit: Unit, asker: Person | None, size: Size) -> list[Goal]:
    """Write goals with their agents, tasks and steps, and an entry for each step."""
    agents = _agents(unit, size.agents)
    goals = [_goal(unit, asker, at) for at in range(size.goals)]
    Goal.objects.bulk_create(goals)
    began = timezone.now() - timedelta(minutes=50)
    tasks = [
        _task(goals[at % len(goals)], agents[at % len(agents)], at)
        for at in range(max(size.steps // 10, 1))
    ]
    Task.objects.bulk_create(tasks)
    attempts = [_attempt(task) for task in tasks]
    Attempt.objects.bulk_create(attempts)
    with ledger.transaction():
        payload = payloads.store({"amount_minor": 1_240_000, "currency": "USD", "payee": "N"})
    steps = [_step(tasks, attempts, at, began, payload) for at in range(size.steps)]
    Step.objects.bulk_create(steps, batch_size=2_000)
    _record(steps)
    return goals


def _agents(unit: Unit, count: int) -> list[Agent]:
    agents = [
        Agent(slug=f"crowd-{new_id()}", name=f"Agent {at}", unit=unit, scope=unit.scope)
        for at in range(count)
    ]
    Agent.objects.bulk_create(agents)
    versions = [
        AgentVersion(agent=agent, number=1, role="executor", capabilities=["crowd"])
        for agent in agents
    ]
    AgentVersion.objects.bulk_create(versions)
    for agent, version in zip(agents, versions, strict=True):
        agent.current = version
    Agent.objects.bulk_update(agents, ["current"])
    return agents


def _goal(unit: Unit, asker: Person | None, at: int) -> Goal:
    return Goal(
        unit=unit,
        scope=unit.scope,
        requested_by=asker,
        title=f"Crowded goal {at}",
        objective="Be many",
        planner="crowd",
    )


def _task(goal: Goal, agent: Agent, at: int) -> Task:
    return Task(
        goal=goal,
        scope=goal.scope,
        key=f"task-{at}",
        title=f"Task {at}",
        capability="crowd",
        agent=agent,
        version=agent.current,
        state="done",
        input="",
    )


def _attempt(task: Task) -> Attempt:
    now = timezone.now()
    return Attempt(
        task=task, number=1, generation=1, fence=1, worker="test", state="done", lease_until=now
    )


def _step(
    tasks: list[Task], attempts: list[Attempt], at: int, began: datetime, payload: str
) -> Step:
    place = at % len(tasks)
    task = tasks[place]
    effect = EFFECTS[at % len(EFFECTS)]
    act, target = ASKED[at % len(ASKED)]
    when = began + timedelta(milliseconds=at * 200)
    return Step(
        id=new_id(),
        scope=task.scope,
        goal_id=task.goal_id,
        task=task,
        attempt=attempts[place],
        agent_id=task.agent_id,
        version_id=task.version_id,
        generation=1,
        ordinal=at // len(tasks) + 1,
        digest=f"{at:064d}",
        act=act,
        target=target,
        state=STATES[effect],
        effect=effect,
        flagged=at % 25 == 0,
        decision=_decision(effect),
        bundle=1,
        arguments=payload,
        outcome="" if effect == "hold" else payload,
        outcome_kind="value" if effect == "allow" else "denied",
        gate_us=900 + at % 300,
        created_at=when,
        decided_at=when,
        finished_at=when + timedelta(milliseconds=3) if effect == "allow" else None,
    )


def _decision(effect: str) -> dict[str, Any]:
    reason = {"policy": "baseline.writes", "rule": "may-write", "template": "it may"}
    return {"effect": effect, "reasons": [reason], "obligations": [], "clauses": []}


def _record(steps: list[Step]) -> None:
    with ledger.transaction():
        for step in steps:
            draft = Draft(
                kind=f"step.{step.state}",
                actor=Actor("agent", str(step.agent_id), "crowd"),
                subject_kind="step",
                subject_id=str(step.pk),
                scope=step.scope,
                goal=str(step.goal_id),
                decision=str(step.pk),
                outcome=step.effect,
            )
            ledger.append(draft)
