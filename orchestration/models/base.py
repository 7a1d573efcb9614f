"""What all aggregates share: an identifier that sorts by time, a revision, and a unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from audit.identifiers import new_id

Row = TypeVar("Row", bound=models.Model)


def within(paths: Iterable[str], field: str = "scope") -> Q:
    """The condition that a unit path is one of these or below one of them. No paths: nothing."""
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{field: path}) | Q(**{f"{field}__startswith": f"{path}/"})
    return condition


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows that live in a unit."""

    def within(self, paths: Iterable[str]) -> ScopedQuerySet[Row]:
        """Only rows of these units and the units below them."""
        return self.filter(within(paths))


class Identified(models.Model):
    """A row with a UUIDv7 key and the moment it was made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Scoped(Identified):
    """An aggregate in a unit: `scope` is the unit's path, `revision` counts its changes.

    Each change raises `revision` by one and appends a ledger entry with the new number, so that any
    past state can be rebuilt by (subject, revision).
    """

    scope = models.CharField(max_length=200, db_index=True)
    revision = models.PositiveIntegerField(default=1)

    objects: Any = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
