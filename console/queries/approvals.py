"""What the approvals inbox reads: the list, and everything a person needs to decide one request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone

from audit import payloads
from orchestration.access.roles import people_with_role
from orchestration.access.rows import approvals_for, steps_for
from orchestration.models import Approval, Dependency, Person, Step, Vote
from orchestration.operations.approvals import why_not
from orchestration.policy.clauses import can_count
from orchestration.vocabulary import ApprovalState, Risk

PAGE = 50
EARLIER = 6
SIMILAR = 5
SIMILAR_DAYS = 90
OTHERS = 8
"""People besides the reader of whom it is said whether they may decide."""

_RISK_ORDER = Case(
    When(risk=Risk.HIGH, then=Value(0)),
    When(risk=Risk.MEDIUM, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
_VOTES = Prefetch("votes", queryset=Vote.objects.select_related("person"))


@dataclass(frozen=True)
class Story:
    """One request with all that bears on it.

    Attributes:
        preview: what is to be decided, as it was when the step was held: act, target, title,
            arguments, labels and origin by leaf, effect, cost_minor.
        decision: the engine's answer with every value its rules saw.
        obstacle: why the reader may not answer, or empty. mine: the reader's answer so far.
        others: further people with a role that counts, each with their obstacle.
        earlier: steps of the same task before this one, newest first. dependants: tasks that need
            this task. similar: requests for the same tool by the same agent decided lately, and
            similar_totals how many of those ended in which state.
    """

    approval: Approval
    votes: list[Vote]
    preview: dict[str, Any]
    decision: dict[str, Any]
    obstacle: str
    mine: Vote | None
    others: list[tuple[Person, str]]
    earlier: list[Step]
    dependants: int
    similar: list[Approval]
    similar_totals: dict[str, int]


def waiting(person: Person, keep: Any = None) -> QuerySet[Approval]:
    """Open requests, highest risk first, then least time left; `keep` stays although decided."""
    found = approvals_for(person).filter(Q(state=ApprovalState.OPEN) | Q(pk=keep))
    return found.order_by(_RISK_ORDER, "expires_at", "pk")


def decided(person: Person) -> QuerySet[Approval]:
    """Requests that ended, the latest first."""
    found = approvals_for(person).exclude(state=ApprovalState.OPEN)
    return found.order_by("-decided_at", "pk")


def _for_list(found: QuerySet[Approval]) -> QuerySet[Approval]:
    return found.select_related("agent", "step").prefetch_related(_VOTES)


def page_of(found: QuerySet[Approval], number: str | None) -> Page[Approval]:
    """One page of a list; a number that makes no sense is the nearest that does.

    Rows are ordered by their keys alone, since sorting thousands of whole rows would take long.
    """
    page: Page[Any] = Paginator(found.values_list("pk", flat=True), PAGE).get_page(number)
    keys = list(page.object_list)
    rows = {row.pk: row for row in _for_list(Approval.objects.filter(pk__in=keys))}
    page.object_list = [rows[key] for key in keys if key in rows]
    return page


def counts(person: Person) -> dict[str, int]:
    """How many requests wait and how many ended."""
    rows = approvals_for(person).order_by().values_list("state").annotate(total=Count("pk"))
    by_state = dict(rows)
    waits = by_state.pop(ApprovalState.OPEN, 0)
    return {"waiting": waits, "decided": sum(by_state.values())}


def story(person: Person, key: Any) -> Story | None:
    """Everything about one request, or None when there is none that the person may see."""
    related = ("agent", "goal__requested_by", "task", "step", "agent__owner")
    approval = (
        approvals_for(person)
        .filter(pk=key)
        .select_related(*related)
        .prefetch_related(_VOTES)
        .first()
    )
    if approval is None:
        return None
    stored = payloads.load_many(filter(None, [approval.preview, approval.step.decision_input]))
    considered = stored.get(approval.step.decision_input) or {}
    votes = list(approval.votes.all())
    return Story(
        approval=approval,
        votes=votes,
        preview=stored.get(approval.preview) or {},
        decision=considered.get("decision") or {},
        obstacle=why_not(approval=approval, person=person),
        mine=next((vote for vote in votes if vote.person_id == person.pk), None),
        others=_others(approval, person, votes),
        earlier=_earlier(person, approval),
        dependants=Dependency.objects.filter(needs=approval.task_id).count(),
        **_similar(person, approval),
    )


def _others(approval: Approval, person: Person, votes: Iterable[Vote]) -> list[tuple[Person, str]]:
    said = {vote.person_id for vote in votes} | {person.pk}
    roles = sorted({role for clause in approval.clauses for role in clause["roles"]})
    people = {one.pk: one for role in roles for one in people_with_role(role, approval.scope)}
    silent = [one for pk, one in people.items() if pk not in said][:OTHERS]
    return [(one, why_not(approval=approval, person=one)) for one in silent]


def _earlier(person: Person, approval: Approval) -> list[Step]:
    before = steps_for(person).filter(
        task=approval.task_id,
        generation=approval.step.generation,
        ordinal__lt=approval.step.ordinal,
    )
    return list(before.exclude(act="journal.value").order_by("-ordinal")[:EARLIER])


def _similar(person: Person, approval: Approval) -> dict[str, Any]:
    since = timezone.now() - timedelta(days=SIMILAR_DAYS)
    ended = approvals_for(person).filter(
        agent=approval.agent_id, step__target=approval.step.target, decided_at__gte=since
    )
    ended = ended.exclude(pk=approval.pk).exclude(state=ApprovalState.OPEN)
    totals = dict(ended.order_by().values_list("state").annotate(total=Count("pk")))
    latest = ended.order_by("-decided_at").prefetch_related(_VOTES)[:SIMILAR]
    return {"similar": list(latest), "similar_totals": totals}


def yes_counts(clauses: Iterable[dict[str, Any]], votes: Iterable[Vote]) -> list[int]:
    """For each clause, how many different people have approved in a role that counts."""
    approving = [vote for vote in votes if vote.verdict == Vote.Verdict.APPROVE]
    return [
        len({vote.person_id for vote in approving if can_count(clause, set(vote.roles))})
        for clause in clauses
    ]
