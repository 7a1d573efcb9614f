"""Findings of detectors, and what was done or proposed about each."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Identified, Scoped
from orchestration.models.goal import Goal
from orchestration.models.person import Person
from orchestration.vocabulary import FindingState, ResponseState


class Finding(Scoped):
    """One cause that a detector found, however often it was seen.

    Attributes:
        detector, key: which detector, and its name for the cause; only one of them is not resolved.
        title: a sentence in which {0}, {1}, ... stand for `agents`, in their order.
        confidence: in thousandths. severity_rank: for sorting, 0 is least.
        agents, tasks: identifiers. nodes, edges: the smallest evidence that shows it.
        spared: what a response may end, least lost first.
        first_seen, last_seen: of its evidence. found_at: when it was told. times: how often.
    """

    detector = models.CharField(max_length=60)
    key = models.CharField(max_length=400)
    title = models.CharField(max_length=400)
    severity = models.CharField(max_length=10)
    severity_rank = models.PositiveSmallIntegerField(default=0)
    confidence = models.PositiveSmallIntegerField()
    goal = models.ForeignKey(
        Goal, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    agents = models.JSONField(default=list, blank=True)
    tasks = models.JSONField(default=list, blank=True)
    nodes = models.JSONField(default=list, blank=True)
    edges = models.JSONField(default=list, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    spared = models.JSONField(default=list, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    found_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in FindingState],
        default=FindingState.OPEN,
    )
    muted_until = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-last_seen"]
        constraints = [
            models.UniqueConstraint(
                fields=["detector", "key"],
                condition=~models.Q(state="resolved"),
                name="one_cause_one_finding",
            )
        ]
        indexes = [
            models.Index(
                fields=["scope", "-severity_rank", "-last_seen"],
                condition=models.Q(state__in=["open", "acknowledged"]),
                name="finding_standing",
            ),
            models.Index(fields=["detector", "-last_seen"], name="finding_by_detector"),
            models.Index(fields=["goal"], name="finding_by_goal"),
        ]

    def __str__(self) -> str:
        return f"{self.detector}: {self.title}"


class Response(Identified):
    """One thing done, proposed or refused about a finding.

    Attributes:
        kind: word of detection.findings.Response. subjects: what it was done to, by kind.
        automatic: whether nobody asked for it.
        effect, reasons, bundle: what policies decided; `considered` is the payload of the request.
        before: what undoing needs. result: a sentence about what it did.
    """

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="responses")
    scope = models.CharField(max_length=200, db_index=True)
    revision = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=30)
    subjects = models.JSONField(default=dict, blank=True)
    automatic = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in ResponseState])
    effect = models.CharField(max_length=10)
    reasons = models.JSONField(default=list, blank=True)
    bundle = models.PositiveIntegerField()
    considered = models.CharField(max_length=80, blank=True, default="")
    before = models.JSONField(default=dict, blank=True)
    result = models.CharField(max_length=400, blank=True, default="")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["finding", "state"], name="response_by_finding")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class Pace(models.Model):
    """An agent that was damped: so many milliseconds before each of its steps, until then."""

    agent = models.OneToOneField(
        "orchestration.Agent", primary_key=True, on_delete=models.CASCADE, related_name="pace"
    )
    pause_ms = models.PositiveIntegerField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.agent} waits {self.pause_ms} ms before each step"
