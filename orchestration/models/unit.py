"""Units: the tree of departments and regions that everything belongs to."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Identified, ScopedQuerySet


class Unit(Identified):
    """A department, region or team. `scope` is its path, such as `demo/finance/eu`."""

    class Kind(models.TextChoices):
        """What sort of unit it is."""

        ORGANISATION = "organisation"
        DEPARTMENT = "department"
        REGION = "region"
        TEAM = "team"

    scope = models.CharField("path", max_length=200, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.DEPARTMENT)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    revision = models.PositiveIntegerField(default=1)

    objects = ScopedQuerySet["Unit"].as_manager()

    class Meta:
        ordering = ["scope"]

    def __str__(self) -> str:
        return self.name
