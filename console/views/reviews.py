"""Review work: the queue, samples and figures; drawing a sample; one decision and its verdicts."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.addresses import step_links
from console.forms.reviews import DrawForm, RemarkForm, VerdictForm, problems
from console.presenters import reviews as shown
from console.presenters.inspector import inspect
from console.queries import reviews as found
from console.queries.steps import step_story
from console.requests import person_of
from console.shell import may_act
from orchestration.access.reviews import get_review_for, get_sample_for
from orchestration.errors import InvalidInput
from orchestration.models import Person, Review
from orchestration.operations import reviews as operations
from orchestration.vocabulary import VerdictWord

USUAL_SIZE = 25
USUAL_DAYS = 7


@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """What the person is to judge, the samples, and what verdicts add up to."""
    person, now = person_of(request), timezone.now()
    page = found.page_of(found.queue(person), request.GET.get("page"))
    context: dict[str, Any] = {
        "section": "ledger",
        "queue": [shown.row(one) for one in found.able(person, list(page.object_list))],
        "page": page,
        "samples": shown.samples(found.samples(person)),
        "figures": shown.figures(found.figures(person)),
        "may_draw": may_act(person, "sample-draw"),
        "units": shown.units(found.units(person)),
        "usual": {
            "size": USUAL_SIZE,
            "since": now - timedelta(days=USUAL_DAYS),
            "until": now,
            "seed": secrets.token_hex(8),
        },
    }
    return render(request, "reviews/page.html", context)


@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a sample and assign it."""
    form = DrawForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(*problems(form))
    spec = operations.SampleSpec(**form.cleaned_data)
    sample = operations.draw_sample(spec=spec, person=person_of(request))
    messages.success(
        request, f"Drawn: {sample.drawn} of {sample.population} decisions, and assigned."
    )
    return redirect("sample", sample.pk)


@require_GET
@never_cache
def sample(request: HttpRequest, key: UUID) -> HttpResponse:
    """One sample: how it was drawn, what is in it, what was said of it."""
    person = person_of(request)
    chosen = get_sample_for(person, key)
    page = found.page_of(found.reviews_of(person, chosen), request.GET.get("page"))
    reviews = list(page.object_list)
    context = {
        "section": "ledger",
        "sample": shown.sample(chosen),
        "reviews": shown.keyed(found.verdicts_by_review(person, reviews), reviews),
        "page": page,
        "figures": shown.figures(found.figures(person, chosen)),
    }
    return render(request, "reviews/sample.html", context)


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """One decision to judge, with its story, the verdicts so far and remarks."""
    person = person_of(request)
    review = get_review_for(person, key)
    following = found.next_of(person, review)
    obstacle = operations.why_not(review=review, person=person)
    context = {
        "section": "ledger",
        "review": shown.row(review) | {"revision": review.revision, "state": review.state},
        "sample": shown.sample(review.sample),
        "step": inspect(step_story(person, review.step), step_links(), whole=True),
        "decision_url": reverse("decision", args=[review.step_id]),
        "history": shown.history(found.history(person, review)),
        "remarks": shown.remarks(found.remarks(person, review)),
        "choices": shown.choices(),
        "barred": obstacle,
        "may_remark": found.may_judge(person, review.scope),
        "next_url": reverse("review", args=[following.pk]) if following else "",
    }
    return render(request, "reviews/review.html", context)


@require_POST
def judge(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give a verdict, or take one back; then on to the next in the queue."""
    person = person_of(request)
    review = get_review_for(person, key)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(*problems(form))
    said = form.cleaned_data
    review.revision = said["revision"]
    if said["verdict"] == VerdictWord.WITHDRAWN:
        operations.withdraw_verdict(review=review, person=person, reason=said["reason"])
        messages.success(request, "Taken back. The decision waits to be judged again.")
        return redirect("review", review.pk)
    operations.give_verdict(
        review=review, person=person, verdict=said["verdict"], reason=said["reason"]
    )
    return _onwards(request, person, review)


def _onwards(request: HttpRequest, person: Person, review: Review) -> HttpResponse:
    following = found.next_of(person, review)
    if following is None:
        messages.success(request, "Recorded. Nothing else waits for you.")
        return redirect("reviews")
    messages.success(request, "Recorded. This is the next one.")
    return redirect("review", following.pk)


@require_POST
def remark(request: HttpRequest, key: UUID) -> HttpResponse:
    """Add a remark about the decision."""
    person = person_of(request)
    review = get_review_for(person, key)
    form = RemarkForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(*problems(form))
    operations.annotate(step=review.step, person=person, remark=form.cleaned_data["remark"])
    messages.success(request, "The remark is in the ledger.")
    return redirect("review", review.pk)
