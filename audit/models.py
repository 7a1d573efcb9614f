"""The ledger's tables as Django sees them: for reading. Their definitions are SQL in migrations.

Only the ledger and the sealer write here, and neither does so through these models.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class ReadOnly(models.Model):
    """A row that Django reads and never writes."""

    class Meta:
        abstract = True

    def save(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: rows of the ledger are written by audit.ledger."""
        raise TypeError("ledger rows are written by audit.ledger, and never changed")

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: rows of the ledger stay."""
        raise TypeError("ledger rows are never deleted")


class Entry(ReadOnly):
    """One thing that happened. `body` is the canonical text; the other columns repeat it."""

    id = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField()
    recorded_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    kind = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_name = models.TextField(null=True)  # noqa: DJ001 - absent in the body means null here
    on_behalf_of = models.TextField(null=True)  # noqa: DJ001
    subject_kind = models.TextField()
    subject_id = models.TextField()
    revision = models.BigIntegerField(null=True)
    scope = models.TextField()
    goal = models.UUIDField(null=True)
    parent = models.UUIDField(null=True)
    decision = models.TextField(null=True)  # noqa: DJ001
    outcome = models.TextField(null=True)  # noqa: DJ001
    request_id = models.TextField(null=True)  # noqa: DJ001
    trace_id = models.TextField(null=True)  # noqa: DJ001
    span_id = models.TextField(null=True)  # noqa: DJ001
    payload = models.BinaryField(null=True)
    body = models.TextField()
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_entry"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class Leaf(ReadOnly):
    """Where a sealed entry stands in the tree; for single entries `audit.leaves` is quicker."""

    leaf_index = models.BigIntegerField(primary_key=True)
    entry = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_placed"

    def __str__(self) -> str:
        return f"leaf {self.leaf_index}"


class Tally(ReadOnly):
    """How many entries of one sort were recorded in a cell of time; see `audit.totals`."""

    at = models.DateTimeField(primary_key=True)
    width = models.IntegerField()
    scope = models.TextField()
    kind = models.TextField()
    subject_kind = models.TextField()
    decision = models.TextField()
    outcome = models.TextField()
    actor_id = models.TextField()
    entries = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "audit_tally"

    def __str__(self) -> str:
        return f"{self.entries} {self.kind} from {self.at}"


class Checkpoint(ReadOnly):
    """A signed statement of the tree's size and root."""

    id = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"
