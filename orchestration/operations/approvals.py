"""Approvals: people answer whether one exact call may run; each answer counts once.

An approval's row is locked while an answer is weighed, so of two people who decide at once the
second sees what the first did. Granting does not run anything: it wakes the task, whose step is
decided again with the approval as a fact.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from audit import ledger
from audit.entries import Actor
from orchestration.access.roles import roles_in
from orchestration.errors import IllegalTransition, NotAllowed
from orchestration.models import Approval, Notice, Person, PolicyVersion, Task, Vote, Wait
from orchestration.operations import waiting
from orchestration.operations.changes import SYSTEM, change, create
from orchestration.operations.people import actor_for
from orchestration.policy.clauses import Cast, all_met, can_count
from orchestration.vocabulary import ApprovalState


def why_not(*, approval: Approval, person: Person) -> str:
    """Why this person may not answer, as a sentence; empty when they may."""
    if approval.goal.requested_by_id == person.pk:
        return "You asked for this goal; someone else must decide."
    if approval.agent.owner_id == person.pk:
        return f"You own {approval.agent.slug}; someone else must decide."
    if _wrote_policy(approval, person):
        return "You wrote a policy that held this; someone else must decide."
    roles = roles_in(person, approval.scope)
    if not any(can_count(clause, roles) for clause in approval.clauses):
        wanted = sorted({role for clause in approval.clauses for role in clause["roles"]})
        return f"This needs the role {' or '.join(wanted)} in {approval.scope}."
    return ""


def _wrote_policy(approval: Approval, person: Person) -> bool:
    keys = {clause["policy"] for clause in approval.clauses}
    return PolicyVersion.objects.filter(
        policy__key__in=keys, author=person, bundles__number=approval.bundle
    ).exists()


def cast_vote(
    *, approval_id: UUID, person: Person, verdict: str, reason: str, digest: str
) -> Approval:
    """Record one person's answer to one exact call; `digest` is the call they were shown.

    Raises:
        NotAllowed: this person may not answer; the message says why.
        IllegalTransition: it was decided, expired or withdrawn meanwhile, the person has answered
            already, or the call is no longer the one that was shown.
    """
    actor = actor_for(person)
    expire_if_due(approval_id)
    with ledger.transaction():
        approval = _locked(approval_id)
        _refuse_unfit(approval, person, digest)
        vote = Vote(
            approval=approval,
            person=person,
            verdict=verdict,
            roles=sorted(roles_in(person, approval.scope)),
            reason=reason,
        )
        create(vote, "approval.answered", actor, scope=approval.scope, goal=approval.goal_id)
        return _weigh(approval, verdict, reason, actor)


def _locked(pk: UUID) -> Approval:
    """The approval, locked after its task: every transaction that needs both takes them so."""
    Task.objects.select_for_update(no_key=True).filter(approvals=pk).first()
    related = ("goal", "agent", "task", "step")
    return (
        Approval.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*related)
        .get(pk=pk)
    )


def _refuse_unfit(approval: Approval, person: Person, digest: str) -> None:
    obstacle = why_not(approval=approval, person=person)
    if obstacle:
        raise NotAllowed(obstacle)
    if approval.state != ApprovalState.OPEN:
        raise IllegalTransition(how_it_ended(approval))
    if approval.digest != digest:
        raise IllegalTransition(
            "The call changed after you opened this page. Look at it again before deciding."
        )
    if approval.votes.filter(person=person).exists():
        raise IllegalTransition("You have answered already; your answer counts once.")


def how_it_ended(approval: Approval) -> str:
    """A sentence about who or what ended an approval, for the person who came second."""
    last = approval.votes.select_related("person").last()
    by = f" by {last.person}" if last is not None else ""
    at = f" at {approval.decided_at:%H:%M:%S} UTC" if approval.decided_at else ""
    said = {
        ApprovalState.GRANTED: f"This was approved{by}{at}.",
        ApprovalState.CONSUMED: f"This was approved{by}{at} and has run.",
        ApprovalState.DENIED: f"This was denied{by}{at}.",
        ApprovalState.EXPIRED: f"The time to decide ran out{at}; that means deny.",
        ApprovalState.WITHDRAWN: f"This was withdrawn{at}: {approval.reason or 'not needed'}.",
    }
    return said.get(ApprovalState(approval.state), "This is still open.")


def _weigh(approval: Approval, verdict: str, reason: str, actor: Actor) -> Approval:
    if verdict == Vote.Verdict.DENY:
        return _decide(approval, ApprovalState.DENIED, reason, actor)
    votes = approval.votes.filter(verdict=Vote.Verdict.APPROVE)
    cast = [Cast(str(vote.person_id), frozenset(vote.roles)) for vote in votes]
    if all_met(approval.clauses, cast):
        return _decide(approval, ApprovalState.GRANTED, reason, actor)
    return approval


def _decide(approval: Approval, state: ApprovalState, reason: str, actor: Actor) -> Approval:
    change(
        approval,
        f"approval.{state}",
        actor,
        entry={"data": {"digest": approval.digest, "bundle": approval.bundle}},
        state=state,
        reason=reason,
        decided_at=timezone.now(),
    )
    waiting.wake(kind=Wait.Kind.APPROVAL, subject=approval.pk, actor=actor)
    return approval


def expire_if_due(approval_id: UUID) -> bool:
    """Expire an approval whose time has run out, which means deny. Returns whether it did."""
    with ledger.transaction():
        approval = _locked(approval_id)
        live = approval.state in {ApprovalState.OPEN, ApprovalState.GRANTED}
        if not live or approval.expires_at > timezone.now():
            return False
        if approval.state == ApprovalState.OPEN:
            _escalate(approval)
        _decide(approval, ApprovalState.EXPIRED, "nobody decided in time", SYSTEM)
        return True


def _escalate(approval: Approval) -> None:
    """Tell the roles that its clauses name that nobody answered; the entry says the rest."""
    for clause in approval.clauses:
        for role in clause.get("escalate", ()):
            Notice.objects.create(
                scope=approval.scope,
                kind=Notice.Kind.ESCALATE,
                role=role,
                policy=clause["policy"],
                rule=clause["rule"],
                sentence=f"Nobody answered in time. {approval.title}"[:500],
                step_id=approval.step_id,
            )


def expire_due() -> int:
    """Expire every approval that is due; returns how many."""
    live = [ApprovalState.OPEN, ApprovalState.GRANTED]
    due = Approval.objects.filter(state__in=live, expires_at__lte=timezone.now())
    return sum(expire_if_due(pk) for pk in list(due.values_list("pk", flat=True)[:200]))


def withdraw_approvals(*, task: Task, actor: Actor, reason: str) -> None:
    """End the live approvals of a task that will not go on; the caller has locked the task."""
    live = [ApprovalState.OPEN, ApprovalState.GRANTED]
    for approval in Approval.objects.select_for_update().filter(task=task, state__in=live):
        change(
            approval,
            "approval.withdrawn",
            actor,
            state=ApprovalState.WITHDRAWN,
            reason=reason,
            decided_at=timezone.now(),
        )


def open_approval(*, approval: Approval, actor: Actor, **entry: Any) -> Approval:
    """Insert a request for approval; in the transaction that holds the step."""
    return create(approval, "approval.opened", actor, **entry)
