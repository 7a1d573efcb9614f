"""How people oversee: time to decide, streaks, load and expiry, so that the work can be changed."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.presenters import oversight as shown
from console.queries import oversight as queries
from console.requests import person_of

WINDOWS = {"1": "a day", "7": "a week", "30": "30 days", "90": "90 days"}
USUAL = "30"


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The figures of a window; `?days=` chooses it."""
    person = person_of(request)
    asked = request.GET.get("days", USUAL)
    days = asked if asked in WINDOWS else USUAL
    found = queries.window(person, timezone.now() - timedelta(days=int(days)))
    context = {
        "section": "approvals",
        "tabs": [
            {"label": f"Last {label}", "url": f"?days={key}", "current": key == days}
            for key, label in WINDOWS.items()
        ],
        "figures": shown.figures(found),
        "sizes": shown.by_size(found.answers),
        "people": shown.people(found),
        "hours": shown.by_hour(found.answers),
        "more": found.more,
        "alone": not queries.sees_others(person),
    }
    return render(request, "oversight/page.html", context)
