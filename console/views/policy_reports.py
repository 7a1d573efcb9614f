"""What the rules in force leave out, and what rules in shadow did live."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.presenters import policy_reports as shown
from console.queries.policies import in_force
from console.requests import person_of
from orchestration.access.roles import READING, scopes_for
from orchestration.access.rows import steps_for
from orchestration.access.rules import readable_keys
from orchestration.attributes.covering import coverage_of
from orchestration.attributes.shadowing import shadow_report
from orchestration.operations.policies import bundle_at
from orchestration.operations.policy_texts import active_bundle

WINDOWS = (1, 7, 30)
"""Days that a shadow report looks back."""
LOOKED_AT = 1_000
"""Latest decisions made again to see which rules count."""


@require_GET
@never_cache
def coverage(request: HttpRequest) -> HttpResponse:
    """Tools no policy speaks about, and rules that never match, are overridden, or fail."""
    person = person_of(request)
    active = active_bundle()
    number = active.number if active else 0
    report = coverage_of(bundle_at(number), scopes_for(person, *READING), LOOKED_AT)
    readable = readable_keys(person)
    context = {"section": "policies", "bundle": number, **shown.coverage(report, readable)}
    return render(request, "policies/coverage.html", context)


@require_GET
@never_cache
def shadow(request: HttpRequest) -> HttpResponse:
    """What each rule in shadow would have done in the last days (`?days=`)."""
    person = person_of(request)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(one) for one in WINDOWS} else WINDOWS[1]
    rows = shadow_report(scopes_for(person, *READING), timezone.now() - timedelta(days=days))
    keys = [key for row in rows for key, _ in row.samples]
    steps = steps_for(person).filter(pk__in=keys).select_related("agent", "task")
    known = {str(step.pk): step for step in steps}
    bundle = in_force(person)
    context = {
        "section": "policies",
        "rows": [shown.shadow(one, known) for one in rows],
        "watching": shown.watching(bundle.policies if bundle else []),
        "windows": [{"days": one, "current": one == days} for one in WINDOWS],
        "days": days,
    }
    return render(request, "policies/shadow.html", context)
