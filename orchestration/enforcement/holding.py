"""Holding a step: the request for approval opens, the attempt ends, and the worker is free."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import NoReturn

from django.utils import timezone

from audit import entries, ledger, payloads
from audit.entries import Actor, Draft
from orchestration.enforcement.asking import Verdict
from orchestration.enforcement.calls import Call, title_of
from orchestration.enforcement.recording import Place, add_decided
from orchestration.enforcement.standing import Standing
from orchestration.errors import GoAgain, Suspended
from orchestration.models import Approval, Wait
from orchestration.operations.approvals import how_it_ended, open_approval
from orchestration.operations.steps import Batch, Written, write_steps
from orchestration.operations.waiting import suspend
from orchestration.policy.personal import owned
from orchestration.vocabulary import ApprovalState, StepState


def hold(
    standing: Standing, place: Place, call: Call, verdict: Verdict, *, revision: int
) -> NoReturn:
    """Record the held step, open its approval and suspend the task, all in one transaction.

    Raises Suspended when done; GoAgain when the gate was closed, and then nothing was written.
    """
    now = timezone.now()
    batch = Batch()
    add_decided(
        batch,
        standing,
        place,
        call,
        verdict,
        state=StepState.HELD,
        now=now,
        resumed=revision,
    )
    clauses = verdict.decision.clauses
    expires = now + timedelta(seconds=min(clause.expires_s for clause in clauses))
    with ledger.transaction():
        if write_steps(batch, standing.key) is not Written.COMMITTED:
            raise GoAgain
        approval = Approval(
            scope=standing.goal.scope,
            step_id=place.step_id,
            task=standing.task,
            goal=standing.goal,
            agent=standing.agent,
            digest=call.digest,
            preview=payloads.store(
                _preview(call, verdict), personal=owned(call.labels, call.bounded, "/arguments")
            ),
            title=title_of(call),
            clauses=[asdict(clause) for clause in clauses],
            bundle=standing.bundle.number,
            risk=verdict.request.act["risk"],
            expires_at=expires,
        )
        open_approval(
            approval=approval,
            actor=Actor("agent", str(standing.agent.pk), standing.agent.slug),
            decision=place.step_id,
        )
        suspend(
            attempt=standing.attempt,
            kind=Wait.Kind.APPROVAL,
            subject=approval.pk,
            due_at=expires,
        )
    raise Suspended


def _preview(call: Call, verdict: Verdict) -> dict[str, object]:
    """What people are shown and what their approval is about."""
    return {
        "act": call.act,
        "target": call.target,
        "title": title_of(call),
        "arguments": call.bounded,
        "labels": call.labels,
        "origin": call.origin,
        "effect": call.effect,
        "cost_minor": call.cost_minor,
        "reasons": verdict.sentences,
    }


def wait_again(standing: Standing, approval: Approval) -> NoReturn:
    """The task was woken while its approval is still open: wait on.

    The approval is looked at once more under a share lock, so that an answer is not missed.
    """
    with ledger.transaction():
        fresh = Approval.objects.select_for_update().get(pk=approval.pk)
        if fresh.state == ApprovalState.OPEN:
            suspend(
                attempt=standing.attempt,
                kind=Wait.Kind.APPROVAL,
                subject=approval.pk,
                due_at=fresh.expires_at,
            )
            answered = False
        else:
            answered = True
    raise GoAgain if answered else Suspended


def refusal(approval: Approval) -> str:
    """Why an approval did not come, as the agent is told."""
    said = how_it_ended(approval)
    return f"{said} {approval.reason}".strip() if approval.reason else said


def note_consumed(batch: Batch, standing: Standing, approvals: list[Approval]) -> None:
    """Add the entries that say which approvals this step uses up."""
    for approval in approvals:
        batch.consumed.append(str(approval.pk))
        draft = Draft(
            kind="approval.consumed",
            actor=Actor("agent", str(standing.agent.pk), standing.agent.slug),
            subject_kind="approval",
            subject_id=str(approval.pk),
            scope=approval.scope,
            revision=approval.revision + 1,
            goal=str(approval.goal_id),
            decision=str(approval.step_id),
            data={"set": {"state": ApprovalState.CONSUMED.value}},
        )
        batch.entries.append(entries.row(draft))
