"""Policies: those in force, and one read beside its source with its tests run."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.live.address import live
from console.presenters import agents as steps_shown
from console.presenters import policies as shown
from console.queries import policies as found
from console.requests import person_of, wants_part
from orchestration.access.rows import get_policy_for
from orchestration.policy.checks import run_tests


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """The bundle in force and the policies in it that the person may read."""
    connection = None if wants_part(request) else live("policies")
    words = request.GET.get("q", "")
    bundle = found.in_force(person_of(request))
    context = {
        "section": "policies",
        "live": connection,
        "bundle": shown.bundle(bundle.row, len(bundle.policies)) if bundle else None,
        "policies": shown.listed(bundle, words) if bundle else [],
        "q": words,
        "clear_url": reverse("policies") if words else "",
    }
    return render(request, "policies/list.html", context)


@require_GET
@never_cache
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One policy; its tests are run for this page."""
    connection = None if wants_part(request) else live("policies")
    person = person_of(request)
    reading = found.reading(person, get_policy_for(person, key))
    if reading is None:
        raise Http404("this policy has no version")
    context = {
        "section": "policies",
        "live": connection,
        "policies_url": reverse("policies"),
        "none_decided": "No step of the last thousand was decided by this policy.",
        "decisions": steps_shown.decisions(reading.steps),
        **shown.page(reading, run_tests(reading.policy)),
    }
    return render(request, "policies/page.html", context)
