"""What the pages of review work read: a person's queue, samples with their progress, figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from orchestration.access.reviews import annotations_for, reviews_for, samples_for, verdicts_for
from orchestration.access.roles import roles_in, scopes_for
from orchestration.access.rows import units_for
from orchestration.models import Annotation, Person, Review, Sample, Unit, Verdict
from orchestration.operations.reviews import involved
from orchestration.reviewing.agreement import Agreement, agreement
from orchestration.vocabulary import ReviewState, Role, VerdictWord

PAGE = 25
SAMPLES = 20
MOST_VERDICTS = 20_000
"""Verdicts that figures are reckoned over; the newest."""

_RELATED = ("step", "step__agent", "step__goal", "sample", "reviewer")


@dataclass(frozen=True)
class Figures:
    """What standing verdicts add up to.

    Attributes:
        said: count by verdict. by_effect, by_agent: counts by verdict for each.
        random: count by verdict over random samples only, from which one may reckon to all.
        alike: how far people who judged the same decision agree.
    """

    said: Counter[str]
    by_effect: Mapping[str, Counter[str]]
    by_agent: Mapping[str, Counter[str]]
    random: Counter[str]
    alike: Agreement


def queue(person: Person) -> QuerySet[Review]:
    """What the person is to judge: assigned to them, or to nobody; the oldest sample first."""
    mine = Q(reviewer=person) | Q(reviewer__isnull=True)
    return (
        reviews_for(person)
        .filter(mine, state=ReviewState.OPEN)
        .select_related(*_RELATED)
        .order_by("sample__created_at", "place")
    )


def page_of(rows: QuerySet[Review], number: str | None) -> Page[Review]:
    """One page of reviews."""
    return Paginator(rows, PAGE).get_page(number)


def next_of(person: Person, after: Review) -> Review | None:
    """The next review of the person's queue, of the same sample if it has one."""
    waiting = queue(person).exclude(pk=after.pk)
    same = waiting.filter(sample=after.sample_id, place__gte=after.place).first()
    return same or next(iter(able(person, waiting[:PAGE])), None)


def able(person: Person, reviews: Sequence[Review] | QuerySet[Review]) -> list[Review]:
    """Those that the person had no part in."""
    found = list(reviews)
    parts = involved([one.step for one in found])
    return [one for one in found if person.pk not in parts[one.step_id]]


def samples(person: Person) -> list[Sample]:
    """The latest samples with `judged` and `assigned` reviews counted."""
    return list(
        samples_for(person)
        .select_related("person")
        .annotate(
            assigned=Count("reviews"),
            judged=Count("reviews", filter=Q(reviews__state=ReviewState.JUDGED)),
        )
        .order_by("-created_at")[:SAMPLES]
    )


def reviews_of(person: Person, sample: Sample) -> QuerySet[Review]:
    """All reviews of a sample, in the order in which they were drawn."""
    found = reviews_for(person).filter(sample=sample).select_related(*_RELATED)
    return found.order_by("place", "created_at")


def standing(person: Person) -> QuerySet[Verdict]:
    """Verdicts that no later one supersedes."""
    found = verdicts_for(person).filter(superseded_by__isnull=True)
    return found.exclude(verdict=VerdictWord.WITHDRAWN)


def verdicts_by_review(person: Person, reviews: Sequence[Review]) -> dict[UUID, str]:
    """The standing verdict of each of these reviews."""
    found = standing(person).filter(review__in=reviews)
    return dict(found.values_list("review", "verdict"))


def figures(person: Person, sample: Sample | None = None) -> Figures:
    """What verdicts add up to, over everything or one sample."""
    rows = standing(person).order_by("-created_at")
    if sample is not None:
        rows = rows.filter(review__sample=sample)
    said: Counter[str] = Counter()
    random: Counter[str] = Counter()
    effects: dict[str, Counter[str]] = defaultdict(Counter)
    agents: dict[str, Counter[str]] = defaultdict(Counter)
    together: dict[tuple[UUID, UUID], list[str]] = defaultdict(list)
    columns = (
        "verdict",
        "review__step__effect",
        "review__step__agent__slug",
        "review__sample__method",
        "review__sample",
        "review__step",
    )
    for word, effect, agent, method, drawn, step in rows.values_list(*columns)[:MOST_VERDICTS]:
        said[word] += 1
        effects[effect][word] += 1
        agents[agent][word] += 1
        together[(drawn, step)].append(word)
        if method == "random":
            random[word] += 1
    pairs = [words[:2] for words in together.values() if len(words) > 1]
    return Figures(said, effects, agents, random, agreement(pairs))


def history(person: Person, review: Review) -> list[Verdict]:
    """Every verdict on a review, the first first."""
    return list(verdicts_for(person).filter(review=review).select_related("reviewer"))


def remarks(person: Person, review: Review) -> list[Annotation]:
    """Remarks about the decision, the first first."""
    return list(annotations_for(person).filter(step=review.step_id).select_related("person"))


def units(person: Person) -> list[Unit]:
    """Units in which the person may draw samples."""
    return list(units_for(person).filter(_reviewed(person)).order_by("scope"))


def _reviewed(person: Person) -> Q:
    condition = Q(pk__in=[])
    for path in scopes_for(person, Role.REVIEWER):
        condition |= Q(scope=path) | Q(scope__startswith=f"{path}/")
    return condition


def may_judge(person: Person, scope: str) -> bool:
    """Whether the person reviews decisions of a unit."""
    return Role.REVIEWER.value in roles_in(person, scope)
