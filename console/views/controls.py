"""Controls: rows of frameworks with live counts of what answers them, as a page and as a table."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.formats import csv_rows
from console.downloads import download
from console.presenters import controls as shown
from console.queries import controls as found
from console.requests import person_of
from console.shell import may_act
from orchestration.access.roles import ledger_scopes
from orchestration.controls.catalogue import frameworks
from orchestration.operations.exports import Taken, note_export

SPANS = {"30": "30 days", "90": "90 days", "180": "180 days", "": "All time"}
"""Days looked back over, and their label."""

FORM = "controls"


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The framework that `?framework=` names, over the last `?days=`."""
    person, now = person_of(request), timezone.now()
    days = _days(request.GET.get("days", ""))
    chosen = next(
        (one for one in frameworks() if one.key == request.GET.get("framework")), frameworks()[0]
    )
    since = _since(days, now)
    counts = found.counts(person, since)
    address = f"{reverse('controls')}?framework="
    context = {
        "section": "ledger",
        "tabs": [
            {
                "label": one.short,
                "url": f"{address}{one.key}&days={days}",
                "current": one.key == chosen.key,
                "count": len(one.rows),
            }
            for one in frameworks()
        ],
        "spans": [
            {"label": label, "url": f"{address}{chosen.key}&days={value}", "current": value == days}
            for value, label in SPANS.items()
        ],
        "days": days,
        "framework": shown.framework(
            chosen,
            counts,
            now.date(),
            shown.after_term(since),
            linked=may_act(person, "policy"),
        ),
    }
    return render(request, "controls/page.html", context)


@require_POST
def take(request: HttpRequest) -> HttpResponseBase:
    """Record the export, then send all frameworks as a CSV file."""
    person, now = person_of(request), timezone.now()
    days = _days(request.POST.get("days", ""))
    counts = found.counts(person, _since(days, now))
    rows = list(shown.rows(list(frameworks()), counts))
    said = f"controls, {SPANS[days].lower()}"
    taken = Taken(FORM, said, ledger_scopes(person), len(rows) - 1)
    note_export(person=person, taken=taken)
    parts = (line.encode() for line in csv_rows(rows))
    return download(request, parts, name=f"controls-{now:%Y%m%d}.csv", media_type="text/csv")


def _days(text: str) -> str:
    return text if text in SPANS else ""


def _since(days: str, now: datetime) -> datetime | None:
    return now.replace(microsecond=0) - timedelta(days=int(days)) if days else None
