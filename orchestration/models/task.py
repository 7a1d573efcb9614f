"""Tasks, what they need from one another, what they wait for, and the attempts at them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from orchestration.models.agent import Agent, AgentVersion
from orchestration.models.base import Identified, Scoped
from orchestration.models.goal import Goal
from orchestration.vocabulary import AttemptState, TaskState


class Task(Scoped):
    """A piece of agent work. `input` and `result` are digests in the payload store.

    `key` is unique within the goal. `fence` rises with each attempt; a writer with an old fence
    writes nothing. `generation` rises with each retry; `watches` are blackboard keys whose change
    makes the task obsolete; a `superseded` task was replaced by a later plan. `depth` counts how
    often work was handed on, from agent to agent, to come to this task. `evidence` is the digest of
    what a person needs to decide about parked work, such as the call that diverged.
    """

    class Purpose(models.TextChoices):
        """What the task is for in the way of its goal."""

        PLAN = "plan"
        WORK = "work"
        ANSWER = "answer"
        EVALUATE = "evaluate"

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="tasks")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="subtasks"
    )
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.WORK)
    capability = models.CharField(max_length=120)
    agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    version = models.ForeignKey(
        AgentVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    award = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in TaskState], default=TaskState.PENDING
    )
    priority = models.PositiveSmallIntegerField(default=3)
    input = models.CharField(max_length=80)
    input_labels = models.JSONField(default=dict, blank=True)
    result = models.CharField(max_length=80, blank=True, default="")
    result_labels = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True, default="")
    park_reason = models.CharField(max_length=20, blank=True, default="")
    evidence = models.CharField(max_length=80, blank=True, default="")
    watches = models.JSONField(default=list, blank=True)
    generation = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)
    fence = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    max_rounds = models.PositiveSmallIntegerField(default=3)
    superseded = models.BooleanField(default=False)
    depth = models.PositiveSmallIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "key"], name="one_key_a_goal"),
        ]
        indexes = [
            # the dispatcher and the claim look for these few rows all the time
            models.Index(
                fields=["state", "priority", "ready_at"],
                condition=models.Q(state__in=["ready", "admitted"]),
                name="task_to_run",
            ),
            models.Index(fields=["goal", "state"], name="task_by_goal"),
            models.Index(fields=["agent", "state"], name="task_by_agent"),
            models.Index(fields=["scope"], condition=models.Q(state="parked"), name="task_parked"),
        ]

    def __str__(self) -> str:
        return self.title


class Dependency(models.Model):
    """One task needs the result of another before it can start."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="needed_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "needs"], name="one_dependency_once")
        ]

    def __str__(self) -> str:
        return f"{self.task} needs {self.needs}"


class Attempt(Identified):
    """One worker's try at a task, under a lease that it renews while it lives."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    generation = models.PositiveIntegerField()
    fence = models.PositiveIntegerField()
    worker = models.CharField(max_length=120)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in AttemptState],
        default=AttemptState.RUNNING,
    )
    lease_until = models.DateTimeField()
    error = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="one_attempt_number")
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state="running"),
                name="attempt_lease",
            )
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} at {self.task}"


class Wait(models.Model):
    """What a suspended task waits for. The waker deletes the row in its own transaction."""

    class Kind(models.TextChoices):
        """What is waited for."""

        APPROVAL = "approval"
        REPLY = "reply"
        TIMER = "timer"
        HALT = "halt"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="waits")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.UUIDField()
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "kind", "subject"], name="one_wait_once")
        ]
        indexes = [
            models.Index(fields=["kind", "subject"], name="wait_by_subject"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="wait_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} waits for {self.kind}"
