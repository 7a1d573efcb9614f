"""Policies: those in force, and one read beside its source with its tests run."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.live.address import live
from console.presenters import agents as steps_shown
from console.presenters import policies as shown
from console.presenters.policy_bundles import difference
from console.presenters.policy_drafts import row as draft_row
from console.queries import policies as found
from console.queries.policy_drafts import open_drafts_of
from console.requests import person_of, wants_part
from console.shell import may_act
from orchestration.access.rows import get_policy_for
from orchestration.policy.checks import run_tests

ON_A_PAGE = 100


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """The bundle in force and the policies in it that the person may read."""
    connection = None if wants_part(request) else live("policies")
    words = request.GET.get("q", "")
    person = person_of(request)
    bundle = found.in_force(person)
    page = Paginator(shown.listed(bundle, words) if bundle else [], ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "section": "policies",
        "live": connection,
        "bundle": shown.bundle(bundle.row, len(bundle.policies)) if bundle else None,
        "page": page,
        "policies": [shown.row(one, bundle) for one in page] if bundle else [],
        "q": words,
        "clear_url": reverse("policies") if words else "",
        "may_write": may_act(person, "draft-new"),
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
        "drafts": [draft_row(one) for one in open_drafts_of(person, key)],
        "may_write": may_act(person, "draft-new"),
        **shown.page(reading, run_tests(reading.policy)),
    }
    return render(request, "policies/page.html", context)


@require_GET
@never_cache
def versions(request: HttpRequest, key: str, old: int, new: int) -> HttpResponse:
    """Two versions of one policy, and how the later differs."""
    policy = get_policy_for(person_of(request), key)
    rows = {one.number: one for one in policy.versions.select_related("author")}
    if old not in rows or new not in rows:
        raise Http404("this policy has no such version")
    context = {
        "section": "policies",
        "policy": key,
        "title": policy.title,
        "old": shown.version(rows[old]),
        "new": shown.version(rows[new]),
        "diff": difference({key: rows[old].source}, {key: rows[new].source}),
    }
    return render(request, "policies/versions.html", context)
