"""Reviewing decisions after the fact: samples, what is assigned to whom, verdicts and remarks."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Identified, Scoped
from orchestration.models.goal import Goal
from orchestration.models.person import Person
from orchestration.models.step import Step
from orchestration.vocabulary import ReviewState, SampleMethod, VerdictWord


class Sample(Scoped):
    """Decisions of a unit and a time, drawn for review in a way that can be repeated.

    Attributes:
        method, seed, weights: how they were drawn; `weights` are the factors in force then.
        covers: `consequential` leaves out what was allowed, changed nothing and was not flagged.
        since, until: bounds of the time of deciding, the second one excluded.
        wanted, readers: how many decisions, and how many people judge each.
        population, drawn: how many could have been drawn, and how many were.
    """

    class Covers(models.TextChoices):
        """Which decisions can be drawn."""

        EVERYTHING = "everything"
        CONSEQUENTIAL = "consequential"

    label = models.CharField(max_length=120)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="samples")
    method = models.CharField(max_length=20, choices=[(m.value, m.value) for m in SampleMethod])
    covers = models.CharField(max_length=20, choices=Covers.choices, default=Covers.CONSEQUENTIAL)
    seed = models.CharField(max_length=80)
    weights = models.JSONField(default=dict)
    since = models.DateTimeField()
    until = models.DateTimeField()
    wanted = models.PositiveIntegerField()
    readers = models.PositiveIntegerField(default=1)
    population = models.PositiveIntegerField(default=0)
    drawn = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label


class Review(Scoped):
    """One decision that one person is to judge; without a reviewer anybody may who is able to.

    `traits` and `weight` say why it was drawn; `place` is its number in the sample.
    """

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="reviews")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="reviews")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews"
    )
    place = models.PositiveIntegerField()
    weight = models.PositiveIntegerField(default=1)
    traits = models.JSONField(default=list)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in ReviewState],
        default=ReviewState.OPEN,
    )

    class Meta:
        ordering = ["sample", "place", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "step", "reviewer"], name="one_review_a_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["reviewer", "created_at"],
                condition=models.Q(state="open"),
                name="review_queue",
            ),
            models.Index(fields=["step"], name="review_by_step"),
        ]

    def __str__(self) -> str:
        return f"review {self.place} of {self.sample_id}"


class Verdict(Identified):
    """What a reviewer said of a decision. It never changes: a later one supersedes it."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="verdicts")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="verdicts")
    verdict = models.CharField(max_length=20, choices=[(v.value, v.value) for v in VerdictWord])
    reason = models.TextField()
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer_id}"


class Annotation(Identified):
    """A remark about a decision, for whoever looks at it later."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="annotations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="annotations")
    remark = models.TextField()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"remark by {self.person_id}"
