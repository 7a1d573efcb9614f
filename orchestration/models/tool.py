"""Tools as the console knows them; what a Python tool does stands in its code."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Identified


class Tool(Identified):
    """A tool that agents may be granted. `arguments` and `result` are JSON schemas."""

    class EffectClass(models.TextChoices):
        """What a call changes in the world."""

        READ = "read"
        WRITE = "write"
        IRREVERSIBLE = "irreversible"

    name = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    effect = models.CharField(max_length=20, choices=EffectClass.choices)
    idempotent = models.BooleanField(default=False)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    labels = models.JSONField(default=list)
    cost_minor = models.PositiveBigIntegerField(default=0)
    timeout_s = models.PositiveIntegerField(default=30)
    compensation = models.CharField(max_length=120, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
