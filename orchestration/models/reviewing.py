"""What people who read the ledger keep: searches under a name, and verifications of the whole."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from orchestration.models.base import Identified, Scoped
from orchestration.models.person import Person
from orchestration.vocabulary import VerificationState


class SavedView(Scoped):
    """A search of the ledger under a name. `query` is the query string of the page.

    `scope` is the unit it is filed under; a shared view is there for whoever reads that unit, any
    other for its owner alone. A view that was removed keeps its row.
    """

    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="views")
    label = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)
    shared = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["label", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "label"],
                condition=models.Q(removed_at__isnull=True),
                name="one_view_of_a_name",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Verification(Identified):
    """A verification of the whole ledger, as a job that people start and watch.

    Attributes:
        done, total: leaves checked, of how many; a measurement, written while it runs.
        seen_at: when the job last reported.
        size: leaves of the tree that was verified. faults: how many were found, up to a limit.
        first_index, first_entry: the first bad entry, -1 and empty when there is none.
        report: digest of the whole report in the payload store.
        error: why it could not be carried out.
    """

    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=20,
        choices=[(state.value, state.value) for state in VerificationState],
        default=VerificationState.QUEUED,
    )
    revision = models.PositiveIntegerField(default=1)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    size = models.BigIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)
    first_index = models.BigIntegerField(default=-1)
    first_entry = models.CharField(max_length=40, blank=True, default="")
    report = models.CharField(max_length=80, blank=True, default="")
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["-created_at"], name="verification_newest")]

    def __str__(self) -> str:
        return f"verification of {self.created_at:%Y-%m-%d %H:%M}, {self.state}"
