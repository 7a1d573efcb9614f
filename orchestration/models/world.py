"""What every step checks when it commits: the bundle in force and the halts."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Identified
from orchestration.models.person import Person


class World(models.Model):
    """The single row that the gate reads: which bundle is active and how often halts changed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    bundle = models.PositiveIntegerField(default=0)
    halt_epoch = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_world")]

    def __str__(self) -> str:
        return f"bundle {self.bundle}, halt epoch {self.halt_epoch}"


class Halt(Identified):
    """A stop ordered by a person: no step of its subject starts while it stands."""

    class Kind(models.TextChoices):
        """What is stopped."""

        AGENT = "agent"
        UNIT = "unit"
        TOOL = "tool"
        POLICY = "policy"
        GOAL = "goal"
        EVERYTHING = "everything"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=200, blank=True, default="")
    scope = models.CharField(max_length=200, db_index=True)
    reason = models.TextField()
    ordered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["kind", "subject"],
                condition=models.Q(released_at__isnull=True),
                name="halt_standing",
            )
        ]

    def __str__(self) -> str:
        return f"halt of {self.kind} {self.subject}"


class LimitGuard(models.Model):
    """A number that rises whenever a step counts towards a limit.

    A decision reads it before it counts; the step's statement raises it only if it is still the
    same. So of two steps that both saw room for one more, one is decided again.
    """

    key = models.CharField(max_length=400, primary_key=True)
    revision = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key} r{self.revision}"
