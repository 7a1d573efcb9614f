"""Answering as the demo approvers, for demonstrations and tests; in the demo unit only.

Each answer goes through the same operation as a person's and says in its reason that it was
automatic, so the ledger shows it for what it is.
"""

from __future__ import annotations

from orchestration.access.roles import people_with_role
from orchestration.errors import IllegalTransition, NotAllowed
from orchestration.models import Approval, Goal, Person, Vote
from orchestration.operations.approvals import cast_vote, why_not
from orchestration.vocabulary import ApprovalState

DEMO_UNIT = "demo"
REASON = "approved automatically for the demonstration (--auto-approve)"


def approve_waiting(*, goal: Goal) -> int:
    """Answer every open request of a demo goal with as many demo approvers as it takes.

    Returns how many answers were given. Raises NotAllowed outside the demo unit.
    """
    if goal.scope.split("/")[0] != DEMO_UNIT:
        raise NotAllowed(f"--auto-approve works in the unit {DEMO_UNIT} only.")
    given = 0
    for approval in Approval.objects.filter(goal=goal, state=ApprovalState.OPEN):
        for person in _approvers(approval):
            given += _answer(approval, person)
    return given


def _approvers(approval: Approval) -> list[Person]:
    roles = sorted({role for clause in approval.clauses for role in clause["roles"]})
    found = {p.pk: p for role in roles for p in people_with_role(role, approval.scope)}
    return [p for p in found.values() if not why_not(approval=approval, person=p)]


def _answer(approval: Approval, person: Person) -> int:
    approval.refresh_from_db()
    if approval.state != ApprovalState.OPEN or approval.votes.filter(person=person).exists():
        return 0
    try:
        cast_vote(
            approval_id=approval.pk,
            person=person,
            verdict=Vote.Verdict.APPROVE,
            reason=REASON,
            digest=approval.digest,
        )
    except IllegalTransition:
        # somebody, or the clock, was first
        return 0
    return 1
