"""The access report: who could do what in a unit, and who did; as a page and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.formats import csv_rows
from console.downloads import download
from console.forms.access_reviews import WindowForm
from console.presenters import access_reviews as shown
from console.queries import access_reviews as found
from console.queries.access_reviews import Window
from console.requests import person_of
from orchestration.errors import InvalidInput
from orchestration.operations.exports import Taken, note_export
from orchestration.operations.visits import note_reading

USUAL = timedelta(days=30)
FORM = "access-report"


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The report about `?scope=` from `?since=` to the end of `?until=`."""
    person = person_of(request)
    units = found.units(person)
    window = _window(request.GET, [unit.scope for unit in units])
    report = found.report(person, window, timezone.now())
    people, agents = shown.people(report), shown.agents(report)
    note_reading(person=person, query=_said(window), found=len(people) + len(agents))
    context = {
        "section": "ledger",
        "units": units,
        "scope": window.scope,
        "since": window.since,
        "last": window.until - timedelta(days=1),
        "until": window.until,
        "people": people,
        "agents": agents,
        "others": shown.others(report),
        "differing": report.differing,
        "roles": shown.role_rights(),
    }
    return render(request, "access/page.html", context)


@require_POST
def take(request: HttpRequest) -> HttpResponseBase:
    """Record the export, then send the report as a CSV file."""
    person = person_of(request)
    scopes = [unit.scope for unit in found.units(person)]
    window = _window(request.POST, scopes)
    report = found.report(person, window, timezone.now())
    rows = list(shown.rows(report))
    taken = Taken(FORM, _said(window), [window.scope], len(rows) - 1)
    note_export(person=person, taken=taken)
    parts = (line.encode() for line in csv_rows(rows))
    name = f"access-{window.scope.replace('/', '-')}-{timezone.now():%Y%m%d}.csv"
    return download(request, parts, name=name, media_type="text/csv")


def _window(given: Mapping[str, Any], scopes: list[str]) -> Window:
    """What was asked for; the first unit and the last 30 days unless told."""
    if not scopes:
        raise Http404("no unit to report about")
    today = timezone.now().date()
    usual = {"scope": scopes[0], "since": today - USUAL, "until": today}
    form = WindowForm({**usual, **{name: text for name, text in given.items() if text}})
    if not form.is_valid():
        raise InvalidInput("a report needs a unit and two dates, such as 2026-11-21")
    said = form.cleaned_data
    if said["scope"] not in scopes:
        raise Http404("no such unit, or it is not among yours")
    if said["until"] < said["since"]:
        raise InvalidInput("the time ends before it begins")
    return Window(said["scope"], _start(said["since"]), _start(said["until"] + timedelta(days=1)))


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _said(window: Window) -> str:
    return (
        f"access report unit:{window.scope} after:{window.since:%Y-%m-%d}"
        f" before:{window.until:%Y-%m-%d}"
    )
