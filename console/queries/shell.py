"""What the frame of every page needs: a few counts of the person's units, and the ledger's seal."""

from __future__ import annotations

from audit.state import seal_state
from console.presenters.shell import Seal
from console.presenters.verifying import alarm
from console.queries.verifying import last_judged
from orchestration.access.rows import agents_for, approvals_for, findings_for, halts_for, tasks_for
from orchestration.models import Person
from orchestration.vocabulary import AgentState, ApprovalState, FindingState, TaskState

STANDING = [FindingState.OPEN, FindingState.ACKNOWLEDGED]


def counts(person: Person) -> dict[str, int]:
    """What waits in each section of the navigation, as far as the person may see it."""
    return {
        "approvals": approvals_for(person).filter(state=ApprovalState.OPEN).count(),
        "anomalies": findings_for(person).filter(state__in=STANDING).count(),
        "parked": tasks_for(person).filter(state=TaskState.PARKED).count(),
        "agents": agents_for(person).exclude(state=AgentState.RETIRED).count(),
        "halts": halts_for(person).filter(released_at__isnull=True).count(),
    }


def seal() -> Seal:
    """How the ledger stands as a whole; it says nothing about what any entry holds.

    Red as well while the newest verification of all of it is one that failed.
    """
    state = seal_state()
    failed = alarm(last_judged())
    colour, summary = ("red", failed) if failed else (state.colour, state.summary)
    return Seal(colour, summary, state.size, state.sealed_at, state.pending)
