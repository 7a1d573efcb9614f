"""What policies make known to people of a role: notices, warnings and escalations."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from audit.identifiers import new_id
from orchestration.models.base import ScopedQuerySet


class Notice(models.Model):
    """One sentence to the people who hold a role in a unit, about one step.

    It is written with the step whose decision obliged to it and never changes; the step's entry in
    the ledger says which policy and rule it came from.
    """

    class Kind(models.TextChoices):
        """Why people are told."""

        NOTIFY = "notify"
        WARN = "warn"
        ESCALATE = "escalate"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    scope = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    role = models.CharField(max_length=20)
    policy = models.CharField(max_length=120)
    rule = models.CharField(max_length=120)
    sentence = models.CharField(max_length=500)
    step = models.ForeignKey(
        "orchestration.Step",
        on_delete=models.PROTECT,
        related_name="notices",
        db_constraint=False,
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["scope", "-created_at"], name="notice_by_unit")]

    def __str__(self) -> str:
        return self.sentence
