"""Review work as one person may see it: samples, reviews and verdicts of the units they read."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from orchestration.access.roles import READING, scopes_for
from orchestration.models import Annotation, Person, Review, Sample, Verdict
from orchestration.models.base import within


def samples_for(person: Person) -> QuerySet[Sample]:
    """Samples drawn in the person's units."""
    return Sample.objects.filter(within(scopes_for(person, *READING)))


def reviews_for(person: Person) -> QuerySet[Review]:
    """Reviews of decisions made in the person's units."""
    return Review.objects.filter(within(scopes_for(person, *READING)))


def verdicts_for(person: Person) -> QuerySet[Verdict]:
    """Verdicts on decisions made in the person's units."""
    return Verdict.objects.filter(within(scopes_for(person, *READING), "review__scope"))


def annotations_for(person: Person) -> QuerySet[Annotation]:
    """Remarks about decisions made in the person's units."""
    return Annotation.objects.filter(within(scopes_for(person, *READING), "step__scope"))


def get_review_for(person: Person, key: UUID) -> Review:
    """One review, or 404."""
    related = ("step", "step__agent", "step__goal", "sample", "reviewer", "goal")
    found = reviews_for(person).select_related(*related).filter(pk=key).first()
    if found is None:
        raise Http404("no such review, or it is not in your units")
    return found


def get_sample_for(person: Person, key: UUID) -> Sample:
    """One sample, or 404."""
    found = samples_for(person).select_related("person").filter(pk=key).first()
    if found is None:
        raise Http404("no such sample, or it is not in your units")
    return found
