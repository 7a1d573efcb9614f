"""What a running attempt stands on: its task, agent, goal, the bundle in force and the halts.

Read once when the attempt starts, and again whenever the gate says that something moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from orchestration.attributes.facts import FactReader
from orchestration.errors import AttemptLost
from orchestration.models import (
    Agent,
    AgentVersion,
    Attempt,
    Goal,
    Halt,
    Pace,
    Task,
    World,
)
from orchestration.operations.policies import bundle_at
from orchestration.operations.steps import GateKey
from orchestration.policy.bundle import Bundle
from orchestration.vocabulary import AgentState, GoalState, TaskState


@dataclass
class Standing:
    """The facts that hold for every step of an attempt until the gate says otherwise."""

    attempt: Attempt
    task: Task
    goal: Goal
    agent: Agent
    version: AgentVersion
    bundle: Bundle
    halt_epoch: int
    facts: FactReader
    halts: list[Halt] = field(default_factory=list)
    pace_s: float = 0.0
    """How long the agent waits before each step, because it was damped; in seconds."""

    @property
    def key(self) -> GateKey:
        """What the step statement compares."""
        return GateKey(str(self.task.pk), self.attempt.fence, self.bundle.number, self.halt_epoch)

    def stopped_by(self, tool: str = "") -> Halt | None:
        """The halt that forbids this attempt's next step, if one does."""
        return next((halt for halt in self.halts if self._covers(halt, tool)), None)

    def _covers(self, halt: Halt, tool: str) -> bool:
        inside = self.agent.scope == halt.subject or self.agent.scope.startswith(f"{halt.subject}/")
        covered = {
            Halt.Kind.EVERYTHING: True,
            Halt.Kind.GOAL: str(self.goal.pk) == halt.subject,
            Halt.Kind.AGENT: self.agent.slug == halt.subject,
            Halt.Kind.UNIT: inside,
            Halt.Kind.TOOL: bool(tool) and tool == halt.subject,
        }
        return covered.get(Halt.Kind(halt.kind), False)

    @property
    def may_go_on(self) -> bool:
        """Whether agent and goal are still meant to work."""
        return self.agent.state == AgentState.ACTIVE and self.goal.state == GoalState.RUNNING


def read_standing(attempt_id: UUID) -> Standing:
    """Read everything an attempt stands on; AttemptLost when the task is no longer its own.

    The world is read first: whatever changes after it makes the gate refuse.
    """
    world = World.objects.get(pk=1)
    attempt = (
        Attempt.objects.select_related("task__goal", "task__agent", "task__version")
        .filter(pk=attempt_id)
        .get()
    )
    task = attempt.task
    if task.fence != attempt.fence or task.state != TaskState.RUNNING:
        raise AttemptLost
    if task.agent is None or task.version is None:
        raise AttemptLost
    return Standing(
        attempt=attempt,
        task=task,
        goal=task.goal,
        agent=task.agent,
        version=task.version,
        bundle=bundle_at(world.bundle),
        halt_epoch=world.halt_epoch,
        facts=FactReader(task.goal_id, task.scope, _owners(task.goal, task.agent)),
        halts=list(Halt.objects.filter(released_at__isnull=True)),
        pace_s=_pace(task.agent),
    )


def _pace(agent: Agent) -> float:
    pace = Pace.objects.filter(agent=agent, until__gt=timezone.now()).first()
    return pace.pause_ms / 1000 if pace is not None else 0.0


def _owners(goal: Goal, agent: Agent) -> frozenset[UUID]:
    """Who may not approve here: the goal's requester and the agent's owner."""
    return frozenset(key for key in (goal.requested_by_id, agent.owner_id) if key is not None)
