"""One model four times: unrecorded, and as each library wants it."""

from __future__ import annotations

import pghistory
from auditlog.registry import auditlog
from django.db import models


class Parcel(models.Model):
    """Something that changes."""

    state = models.TextField(default="waiting")
    place = models.TextField(default="SGSIN")
    weight = models.IntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"parcel {self.pk}"


class Unrecorded(Parcel):
    """Nobody writes down what happens to it."""


class Logged(Parcel):
    """Recorded by django-auditlog."""


@pghistory.track()
class Tracked(Parcel):
    """Recorded by django-pghistory's triggers."""


class Entered(Parcel):
    """Recorded by our ledger, entry by entry, in the same transaction."""


auditlog.register(Logged)
