"""What is known of how people decide: their answers in a window, and what became of requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from audit import payloads
from orchestration.access.roles import scopes_for
from orchestration.access.rows import approvals_for
from orchestration.models import Approval, Person, Review, Verdict, Vote
from orchestration.models.base import within
from orchestration.vocabulary import Role, VerdictWord

MOST_ANSWERS = 20_000
"""The newest answers that are looked at; the page says when there were more."""


@dataclass(frozen=True)
class Answer:
    """One answer of one person.

    Attributes:
        waited: from the request to the answer. size: bytes of what was shown to decide on.
        approval: the request's key, as text.
    """

    person: str
    name: str
    approved: bool
    at: datetime
    waited: timedelta
    size: int
    approval: str


@dataclass(frozen=True)
class Window:
    """All that the page tells of a window of time.

    Attributes:
        answers: oldest first. more: whether older ones were left out.
        ended: how many requests ended in which state. waiting: how many are open now.
        disagreed: keys of requests whose call a reviewer disagreed with afterwards.
        reviewed: keys of requests whose call a reviewer judged.
    """

    answers: list[Answer]
    more: bool
    ended: dict[str, int]
    waiting: int
    disagreed: frozenset[str]
    reviewed: frozenset[str]


def sees_others(person: Person) -> bool:
    """Whether somebody may see how others decide: reviewers and admins; others see themselves."""
    return bool(scopes_for(person, Role.REVIEWER, Role.ADMIN))


def window(person: Person, since: datetime) -> Window:
    """What happened since a moment, as far as this person may see it."""
    seen = approvals_for(person)
    rows = list(_answers(person, seen, since)[: MOST_ANSWERS + 1])
    shown = rows[:MOST_ANSWERS]
    sizes = payloads.sizes({vote.approval.preview for vote in shown})
    ended = seen.filter(decided_at__gte=since).order_by().values_list("state")
    judged = _judged(seen, since)
    return Window(
        answers=[_answer(vote, sizes) for vote in reversed(shown)],
        more=len(rows) > MOST_ANSWERS,
        ended=dict(ended.annotate(total=Count("pk"))),
        waiting=seen.filter(state="open").count(),
        disagreed=frozenset(key for key, word in judged if word == VerdictWord.DISAGREE),
        reviewed=frozenset(key for key, _ in judged),
    )


def _answers(person: Person, seen: QuerySet[Approval], since: datetime) -> QuerySet[Vote]:
    rows = Vote.objects.filter(approval__in=seen, created_at__gte=since)
    governed = within(scopes_for(person, Role.REVIEWER, Role.ADMIN), "approval__scope")
    mine = rows.filter(person=person)
    visible = rows.filter(governed) | mine if sees_others(person) else mine
    fields = ("person", "verdict", "created_at", "approval__created_at", "approval__preview")
    names = ("person__display_name", "person__username")
    related = visible.select_related("person", "approval").only(*fields, *names)
    return related.order_by("-created_at", "-pk")


def _answer(vote: Vote, sizes: dict[str, int]) -> Answer:
    return Answer(
        person=str(vote.person_id),
        name=str(vote.person),
        approved=vote.verdict == Vote.Verdict.APPROVE,
        at=vote.created_at,
        waited=vote.created_at - vote.approval.created_at,
        size=sizes.get(vote.approval.preview, 0),
        approval=str(vote.approval_id),
    )


def _judged(seen: QuerySet[Approval], since: datetime) -> list[tuple[str, str]]:
    """(request, word) of standing verdicts of reviewers about calls that were approved."""
    reviews = Review.objects.filter(step__approvals__in=seen.filter(decided_at__gte=since))
    standing = Verdict.objects.filter(review__in=reviews, superseded_by__isnull=True)
    rows = standing.exclude(verdict=VerdictWord.WITHDRAWN).values_list(
        "review__step__approvals", "verdict"
    )
    return [(str(key), word) for key, word in rows]
