"""What the frame of every page needs: a few counts of the person's units, and the ledger's seal."""

from __future__ import annotations

from audit.models import Checkpoint, Entry, Leaf
from console.presenters.shell import Seal
from orchestration.access.rows import agents_for, approvals_for, halts_for, tasks_for
from orchestration.models import Person
from orchestration.vocabulary import AgentState, ApprovalState, TaskState

MOST_COUNTED = 10_000
"""Pending entries beyond this are not counted one by one for a frame."""


def counts(person: Person) -> dict[str, int]:
    """What waits in each section of the navigation, as far as the person may see it."""
    return {
        "approvals": approvals_for(person).filter(state=ApprovalState.OPEN).count(),
        "parked": tasks_for(person).filter(state=TaskState.PARKED).count(),
        "agents": agents_for(person).exclude(state=AgentState.RETIRED).count(),
        "halts": halts_for(person).filter(released_at__isnull=True).count(),
    }


def seal() -> Seal:
    """How the ledger stands as a whole; it says nothing about what any entry holds."""
    newest = Checkpoint.objects.order_by("-id").only("size", "made_at").first()
    last = Leaf.objects.order_by("-leaf_index").values_list("entry", flat=True).first() or 0
    after = Entry.objects.filter(id__gt=last).order_by("id").values("id")
    pending = after[: MOST_COUNTED + 1].count()
    return Seal(
        size=newest.size if newest else 0,
        made_at=newest.made_at if newest else None,
        pending=min(pending, MOST_COUNTED),
        more_pending=pending > MOST_COUNTED,
    )
