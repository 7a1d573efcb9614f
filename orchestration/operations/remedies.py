"""What responses do to the fleet, and how it is taken back; called inside `operations.responding`.

Each remedy works on rows it locks itself, says in a sentence what it did, and keeps what undoing it
needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audit import payloads
from audit.entries import Actor
from orchestration.detection.findings import Response as Kind
from orchestration.errors import IllegalTransition
from orchestration.models import Agent, Finding, Pace, Response, Task
from orchestration.operations import planning
from orchestration.operations.changes import change, record
from orchestration.operations.interventions import raise_epoch
from orchestration.operations.planning import TaskSpec
from orchestration.operations.signals import wake_workers
from orchestration.vocabulary import FINISHED_TASK, AgentState, Autonomy, GoalState, TaskState

PAUSE_MS = 500
DAMPED_FOR = timedelta(minutes=10)
"""How long a damped agent stays slow when nobody takes it back."""

STOPPING = frozenset({Kind.PAUSE, Kind.QUARANTINE, Kind.DAMP})
"""Responses after which no step of the agent may start as before."""


@dataclass
class Done:
    """What a remedy did: to which subjects, in a sentence, and what it was before."""

    said: str
    subjects: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)


Remedy = Callable[[Finding, str, Actor], Done]


def carry_out(finding: Finding, kind: Kind, choice: str, actor: Actor) -> Done:
    """Do it, in the caller's transaction.

    Raises IllegalTransition when there is nothing that it could be done to.
    """
    return REMEDIES[kind](finding, choice, actor)


def take_back(response: Response, actor: Actor) -> str:
    """Undo it, in the caller's transaction; returns a sentence about what was restored."""
    return UNDOING[Kind(response.kind)](response, actor)


def is_possible(finding: Finding, kind: Kind) -> bool:
    """Whether there is something that it could be done to now."""
    if kind in {Kind.FLAG, Kind.ESCALATE}:
        return True
    if kind == Kind.BREAK_DEADLOCK:
        return len(_waiting(finding)) > 1
    if kind in {Kind.MERGE_DUPLICATES, Kind.REASSIGN}:
        return bool(_movable(finding, kind))
    if kind == Kind.REPLAN:
        return finding.goal is not None and finding.goal.state == GoalState.RUNNING
    return bool(_active(finding).exists())


def least_autonomy(levels: list[str]) -> str:
    """The level of the agent that may do least by itself."""
    order = [level.value for level in Autonomy]
    return min(levels, key=order.index, default=Autonomy.OBSERVE.value)


# flag and escalate


def _flag(finding: Finding, _choice: str, _actor: Actor) -> Done:
    return Done("The finding stands in the feed.", {"finding": [str(finding.pk)]})


def _escalate(finding: Finding, _choice: str, actor: Actor) -> Done:
    before = finding.severity_rank
    change(finding, "finding.escalated", actor, severity="high", severity_rank=3)
    return Done("It stands at the top of the feed as high.", {}, {"severity_rank": before})


def _nothing_to_take_back(_response: Response, _actor: Actor) -> str:
    return "It changed nothing that runs."


def _calm(response: Response, actor: Actor) -> str:
    rank = int(response.before.get("severity_rank", 2))
    severity = ("notice", "low", "medium", "high")[rank]
    change(response.finding, "finding.calmed", actor, severity=severity, severity_rank=rank)
    return f"The finding is {severity} again."


# agents: damp, pause, quarantine


def _active(finding: Finding) -> Any:
    return Agent.objects.filter(pk__in=finding.agents, state=AgentState.ACTIVE)


def _damp(finding: Finding, _choice: str, actor: Actor) -> Done:
    agents = _locked(finding)
    until = timezone.now() + DAMPED_FOR
    for agent in agents:
        Pace.objects.update_or_create(agent=agent, defaults={"pause_ms": PAUSE_MS, "until": until})
        record(
            "agent.damped",
            agent,
            actor,
            revision=None,
            data={"pause_ms": PAUSE_MS, "until": until.isoformat()},
        )
    raise_epoch()
    return Done(
        f"{_names(agents)} waits {PAUSE_MS} ms before each step, for ten minutes.",
        {"agent": _keys(agents)},
    )


def _undamp(response: Response, actor: Actor) -> str:
    agents = list(Agent.objects.filter(pk__in=response.subjects.get("agent", [])))
    for agent in agents:
        Pace.objects.filter(agent=agent).delete()
        record("agent.undamped", agent, actor, revision=None)
    raise_epoch()
    return f"{_names(agents)} works at full speed."


def _pause(finding: Finding, _choice: str, actor: Actor) -> Done:
    return _stop(finding, AgentState.PAUSED, "agent.paused", actor)


def _quarantine(finding: Finding, _choice: str, actor: Actor) -> Done:
    return _stop(finding, AgentState.QUARANTINED, "agent.quarantined", actor)


def _stop(finding: Finding, state: AgentState, kind: str, actor: Actor) -> Done:
    agents = _locked(finding)
    for agent in agents:
        change(agent, kind, actor, state=state)
    raise_epoch()
    return Done(
        f"{_names(agents)} is {state.value}: no step starts, its tasks wait.",
        {"agent": _keys(agents)},
    )


def _resume(response: Response, actor: Actor) -> str:
    stopped = Agent.objects.select_for_update(no_key=True).filter(
        pk__in=response.subjects.get("agent", []),
        state__in=[AgentState.PAUSED, AgentState.QUARANTINED],
    )
    agents = list(stopped)
    for agent in agents:
        change(agent, "agent.resumed", actor, state=AgentState.ACTIVE)
    wake_workers()
    return f"{_names(agents)} works again." if agents else "It worked again already."


def _locked(finding: Finding) -> list[Agent]:
    agents = list(_active(finding).select_for_update(no_key=True).order_by("pk"))
    if not agents:
        raise IllegalTransition("None of the agents is active any more.")
    return agents


# tasks: end a deadlock, drop a duplicate, give a task to somebody else


def _waiting(finding: Finding) -> list[Task]:
    return list(Task.objects.filter(pk__in=finding.tasks, state=TaskState.WAITING))


def _break_deadlock(finding: Finding, choice: str, actor: Actor) -> Done:
    """End the wait whose task loses least; it is cancelled, and who waits for it is told."""
    order = [choice] if choice else list(finding.spared)
    waiting = {str(task.pk): task for task in _waiting(finding)}
    victim = next((waiting[key] for key in order if key in waiting), None)
    if victim is None or len(waiting) == 1:
        raise IllegalTransition("The circle is broken already.")
    locked = Task.objects.select_for_update(no_key=True).get(pk=victim.pk)
    before = _as_spec(locked)
    planning.cancel_task(locked, actor, "ended to break a deadlock: it had least to lose")
    return Done(
        f"{locked.title} waits no more and was cancelled; who waited for it goes on.",
        {"task": [str(locked.pk)]},
        before,
    )


def _movable(finding: Finding, kind: Kind) -> list[Task]:
    """Tasks that have not begun; of duplicates only the later ones."""
    tasks = list(
        Task.objects.filter(
            pk__in=finding.tasks, state__in=[TaskState.PENDING, TaskState.READY]
        ).order_by("created_at")
    )
    if kind == Kind.MERGE_DUPLICATES:
        first = Task.objects.filter(pk__in=finding.tasks).order_by("created_at").first()
        tasks = [task for task in tasks if first is not None and task.pk != first.pk]
        tasks = [task for task in tasks if not task.needed_by.exists()]
    return tasks


def _merge(finding: Finding, _choice: str, actor: Actor) -> Done:
    tasks = _movable(finding, Kind.MERGE_DUPLICATES)
    if not tasks:
        raise IllegalTransition("Both tasks have begun, or others need them; nothing was dropped.")
    task = tasks[-1]
    before = _as_spec(task)
    planning.cancel_task(task, actor, "the same work is done by another task")
    return Done(
        f"{task.title} was dropped; the first one goes on.", {"task": [str(task.pk)]}, before
    )


def _reassign(finding: Finding, _choice: str, actor: Actor) -> Done:
    tasks = _movable(finding, Kind.REASSIGN)
    if not tasks:
        raise IllegalTransition("No task of it waits to begin.")
    before = {str(t.pk): [str(t.agent_id or ""), str(t.version_id or "")] for t in tasks}
    for task in tasks:
        locked = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
        change(locked, "task.unassigned", actor, agent=None, version=None)
    wake_workers()
    return Done(
        f"{len(tasks)} tasks are awarded anew.", {"task": [str(t.pk) for t in tasks]}, before
    )


def _assign_back(response: Response, actor: Actor) -> str:
    count = 0
    for key, (agent, version) in response.before.items():
        task = Task.objects.select_for_update(no_key=True).get(pk=key)
        if task.state in {TaskState.PENDING, TaskState.READY} and agent:
            change(task, "task.reassigned", actor, agent_id=agent, version_id=version)
            count += 1
    return f"{count} of {len(response.before)} tasks are back with their agents."


def _replan(finding: Finding, _choice: str, actor: Actor) -> Done:
    if finding.goal is None:
        raise IllegalTransition("It is about no goal.")
    task = planning.replan(goal=finding.goal, changed={}, reason=finding.detector, actor=actor)
    return Done("The planner plans anew.", {"task": [str(task.pk)]})


def _drop_plan(response: Response, actor: Actor) -> str:
    task = Task.objects.get(pk=response.subjects["task"][0])
    if TaskState(task.state) in FINISHED_TASK:
        return "The new plan stands already; change it by planning anew."
    planning.cancel_task(task, actor, "the response was taken back")
    return "The new plan was dropped."


def _as_spec(task: Task) -> dict[str, Any]:
    """What is needed to begin the same work again."""
    return {
        "key": task.key,
        "capability": task.capability,
        "title": task.title,
        "input": task.input,
        "priority": task.priority,
    }


def _begin_again(response: Response, actor: Actor) -> str:
    task = Task.objects.select_related("goal").get(pk=response.subjects["task"][0])
    if task.goal.state != GoalState.RUNNING:
        return "The goal has ended; the task is not begun again."
    spec = TaskSpec(
        key=f"{task.key[:100]}~again",
        capability=task.capability,
        title=task.title,
        input=payloads.load(task.input),
        priority=task.priority,
    )
    planning.add_tasks(goal=task.goal, parent=task.parent, specs=[spec], actor=actor)
    return f"{task.title} begins again."


def _names(agents: list[Agent]) -> str:
    return " and ".join(agent.slug for agent in agents) or "Nobody"


def _keys(agents: list[Agent]) -> list[str]:
    return [str(agent.pk) for agent in agents]


REMEDIES: Mapping[Kind, Remedy] = {
    Kind.FLAG: _flag,
    Kind.ESCALATE: _escalate,
    Kind.DAMP: _damp,
    Kind.PAUSE: _pause,
    Kind.QUARANTINE: _quarantine,
    Kind.BREAK_DEADLOCK: _break_deadlock,
    Kind.MERGE_DUPLICATES: _merge,
    Kind.REASSIGN: _reassign,
    Kind.REPLAN: _replan,
}

UNDOING: Mapping[Kind, Callable[[Response, Actor], str]] = {
    Kind.FLAG: _nothing_to_take_back,
    Kind.ESCALATE: _calm,
    Kind.DAMP: _undamp,
    Kind.PAUSE: _resume,
    Kind.QUARANTINE: _resume,
    Kind.BREAK_DEADLOCK: _begin_again,
    Kind.MERGE_DUPLICATES: _begin_again,
    Kind.REASSIGN: _assign_back,
    Kind.REPLAN: _drop_plan,
}
