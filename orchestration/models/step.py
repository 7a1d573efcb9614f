"""Steps with the decision made about each, and the approvals that held steps wait for."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from orchestration.models.agent import Agent, AgentVersion
from orchestration.models.base import Identified, Scoped
from orchestration.models.goal import Goal
from orchestration.models.person import Person
from orchestration.models.task import Attempt, Task
from orchestration.vocabulary import ApprovalState, Effect, StepState


class Step(Scoped):
    """Something an agent wanted to do, what was decided, and what came of it.

    The key is (task, generation, ordinal); `digest` is the SHA-256 of the canonical call.
    `arguments`, `outcome` and `decision_input` are digests in the payload store. `decision` holds
    what the engine returned: reasons, obligations, clauses, rules seen and the values they saw.
    `measures` holds the integer leaves of a tool call's arguments by dotted path, so that declared
    sums are answered by an index; None for steps from before there was such a column.
    Written only by the step statement of `operations.steps` and by operations on approvals.
    """

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="steps")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="steps")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="steps")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="steps")
    version = models.ForeignKey(AgentVersion, on_delete=models.PROTECT, related_name="+")
    generation = models.PositiveIntegerField()
    ordinal = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    act = models.CharField(max_length=40)
    target = models.CharField(max_length=200)
    tool_effect = models.CharField(max_length=20, blank=True, default="")
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in StepState])
    effect = models.CharField(max_length=10, choices=[(e.value, e.value) for e in Effect])
    flagged = models.BooleanField(default=False)
    decision = models.JSONField(default=dict)
    bundle = models.PositiveIntegerField()
    risk = models.CharField(max_length=10, default="low")
    arguments = models.CharField(max_length=80)
    decision_input = models.CharField(max_length=80, blank=True, default="")
    outcome = models.CharField(max_length=80, blank=True, default="")
    outcome_kind = models.CharField(max_length=20, blank=True, default="")
    labels = models.JSONField(default=dict, blank=True)
    measures = models.JSONField(null=True, blank=True)
    cost_minor = models.BigIntegerField(default=0)
    gate_us = models.PositiveIntegerField(default=0)
    entry = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "generation", "ordinal"], name="one_step_an_ordinal"
            )
        ]
        indexes = [
            models.Index(fields=["goal", "decided_at"], name="step_by_goal"),
            models.Index(fields=["agent", "-decided_at"], name="step_by_agent"),
            models.Index(fields=["decided_at"], name="step_by_time"),
            models.Index(
                fields=["target", "decided_at"],
                condition=models.Q(act="tool.call"),
                name="step_by_tool",
            ),
            models.Index(
                fields=["scope", "decided_at"],
                opclasses=["varchar_pattern_ops", "timestamptz_ops"],
                condition=models.Q(act="tool.call"),
                name="step_by_unit",
            ),
            models.Index(
                fields=["scope", "decided_at"],
                condition=~models.Q(effect="allow"),
                name="step_exceptions",
            ),
            models.Index(
                fields=["task"],
                condition=models.Q(state__in=["dispatched", "held", "unknown"]),
                name="step_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.target}"


class Approval(Scoped):
    """A request that people decide whether one exact call may run.

    `digest` is the step's; `preview` is what was shown (a payload digest); `clauses` lists what
    must be met: each with policy, rule, roles, quorum. All must be met, one denial ends it.
    """

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="approvals")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="approvals")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="approvals")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="approvals")
    digest = models.CharField(max_length=64)
    preview = models.CharField(max_length=80)
    title = models.CharField(max_length=300)
    clauses = models.JSONField(default=list)
    bundle = models.PositiveIntegerField()
    risk = models.CharField(max_length=10, default="medium")
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in ApprovalState],
        default=ApprovalState.OPEN,
    )
    reason = models.TextField(blank=True, default="")
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["expires_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["step"],
                condition=models.Q(state="open"),
                name="one_open_approval_a_step",
            )
        ]
        indexes = [
            models.Index(
                fields=["scope", "expires_at"],
                condition=models.Q(state="open"),
                name="approval_open",
            ),
            models.Index(fields=["state", "-decided_at"], name="approval_decided"),
        ]

    def __str__(self) -> str:
        return self.title


class Vote(Identified):
    """One person's answer to one approval."""

    class Verdict(models.TextChoices):
        """What the person said."""

        APPROVE = "approve"
        DENY = "deny"

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="votes")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    roles = models.JSONField(default=list)
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["approval", "person"], name="one_vote_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.verdict}"
