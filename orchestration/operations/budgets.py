"""Budgets as reservations: slices leased to attempts, steps that use them, and what comes back.

A budget's row changes only when a slice is leased or settled, so concurrent attempts never wait for
one another at each step, and `spent + leased <= cap` is a constraint of the table.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.db.models import F

from audit import ledger
from orchestration.models import Attempt, Budget, Slice
from orchestration.vocabulary import AttemptState

STEPS_A_SLICE = 50
"""Beyond this, leasing costs nothing noticeable and more would lie idle in slices."""


def set_budget(*, owner_kind: str, owner_id: str, measure: str, cap: int) -> Budget:
    """Create a budget; the caller's transaction records it with its owner."""
    return Budget.objects.create(owner_kind=owner_kind, owner_id=owner_id, measure=measure, cap=cap)


def lease_slice(*, budget: UUID, attempt: UUID, wanted: int, least: int) -> Slice | None:
    """Lease `least` to `wanted` of a budget to an attempt; None when less is left."""
    with ledger.transaction():
        row = Budget.objects.select_for_update(no_key=True).get(pk=budget)
        left = row.cap - row.spent - row.leased
        size = min(wanted, left)
        if size < least:
            return None
        Budget.objects.filter(pk=budget).update(leased=F("leased") + size)
        return Slice.objects.create(budget_id=budget, attempt_id=attempt, size=size)


def settle_slices(attempt: UUID) -> None:
    """Close an attempt's slices: what was used is spent, the rest goes back. In one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with closed as (
              update orchestration_slice set closed = true
              where attempt_id = %s and not closed returning budget_id, size, used),
            summed as (
              select budget_id, sum(size) as size, sum(used) as used from closed group by 1)
            update orchestration_budget b
            set leased = b.leased - s.size, spent = b.spent + s.used
            from summed s where b.id = s.budget_id
            """,
            [attempt],
        )


def reclaim_slices() -> int:
    """Settle slices whose attempt has ended without settling them; returns how many attempts."""
    ended = (
        Attempt.objects.exclude(state=AttemptState.RUNNING)
        .filter(slices__closed=False)
        .values_list("pk", flat=True)
        .distinct()
    )
    attempts = list(ended[:100])
    for attempt in attempts:
        settle_slices(attempt)
    return len(attempts)
