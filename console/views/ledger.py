"""The explorer: searches of the ledger, totals, density, facets, and the drawer of one entry."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit import reading, totals
from audit.entry_checks import checks, evidence
from audit.queries import QUALIFIERS, Query, read
from console.presenters import charts, formats
from console.presenters import entry as drawn
from console.presenters import ledger as shown
from console.presenters import ledger_strip as strips
from console.queries import ledger as found
from console.queries.entry import opened
from console.queries.ledger import Asked, Opened
from console.queries.views import views_for
from console.regions import live_for, region_of
from console.requests import person_of, wants_part
from console.shell import may_act
from console.zones import zone_of
from orchestration.access.roles import READING, ledger_scopes, scopes_for
from orchestration.access.rows import agents_for
from orchestration.models import Person
from orchestration.operations.visits import note_reading

KEPT = ("q", "tz")
"""What of the address a saved view keeps."""


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Entries that match `?q=`, newest first, and the one that `?sel=` names.

    `?page=` goes on from an entry, `?tz=` names the zone of times, `?facet=` unfolds a facet and
    `?verify=1` checks the selected entry on the server. A search that is not understood shows
    where and why, and nothing else.
    """
    feed = live_for(request, "ledger")
    zone = zone_of(request)
    with timezone.override(zone):
        person = person_of(request)
        text = _text(request)
        asked = found.understand(person, read(text), timezone.now(), zone)
        place = shown.Place(asked.query, request.GET.get("tz", ""))
        context = _frame(request, person, asked, place, text) | {"live": feed, "zone": str(zone)}
        if asked.problems:
            context |= {"q": text, "problems": shown.problems(text, asked.problems)}
            return render(request, "ledger/page.html", context)
        selected = _selected(person, request)
        if region_of(request) != "entry":
            context |= _results(request, person, asked, place, zone)
        context |= _rows(request, person, asked, place, selected)
        if not wants_part(request):
            note_reading(person=person, query=text, found=context["matching"])
        return render(request, "ledger/page.html", context)


@require_GET
@never_cache
def newer(request: HttpRequest) -> HttpResponse:
    """How many entries match `?q=` that are newer than the entry `?after=`."""
    last = request.GET.get("after", "")
    asked = found.understand(person_of(request), read(_text(request)), timezone.now())
    if asked.problems or not last.isdecimal():
        return JsonResponse({"count": 0}, status=422)
    matching = reading.matching(asked.scopes, asked.filters)
    return JsonResponse({"count": matching.filter(id__gt=int(last)).order_by().count()})


def _text(request: HttpRequest) -> str:
    """What is searched for: the qualifiers kept by the form, and what was typed beside them."""
    return " ".join(filter(None, request.GET.getlist("q")))


def _frame(
    request: HttpRequest, person: Person, asked: Asked, place: shown.Place, text: str
) -> dict[str, Any]:
    """What stands around the results: the search, the ranges, the zone and the saved views."""
    kept = {name: request.GET[name] for name in KEPT if request.GET.get(name)}
    query = urlencode(kept | ({"q": text} if text else {}))
    return {
        "section": "ledger",
        "q": str(Query((), asked.query.words)),
        "terms": str(Query(asked.query.terms)),
        "chips": shown.chips(place),
        "tz": place.zone,
        "zone_urls": {"utc": _zoned(request, "UTC"), "own": _zoned(request, person.time_zone)},
        "own_zone": person.time_zone,
        "ranges": strips.ranges(place),
        "range_label": strips.range_label(place),
        "qualifiers": QUALIFIERS.items(),
        "clear_url": shown.address(tz=place.zone) if text else "",
        "close_url": place.here(page=request.GET.get("page", "")),
        "picked": bool(request.GET.get("sel")),
        "export_url": _exports(person, text),
        "view_query": query,
        "views": [
            shown.saved(view, person, query) for view in views_for(person).select_related("owner")
        ],
        "units": scopes_for(person, *READING),
    }


def _exports(person: Person, text: str) -> str:
    """Where these entries are taken away; empty for who may not."""
    address = reverse("exports")
    asked = f"{address}?{urlencode({'q': text})}" if text else address
    return asked if may_act(person, "exports") else ""


def _zoned(request: HttpRequest, zone: str) -> str:
    asked = request.GET.copy()
    asked["tz"] = zone
    return f"?{asked.urlencode()}"


def _results(
    request: HttpRequest, person: Person, asked: Asked, place: shown.Place, zone: ZoneInfo
) -> dict[str, Any]:
    """True totals, the strip and the facets of all that matches."""
    strip = found.strip(asked, timezone.now())
    matching = strips.total(strip)
    return {
        "total": totals.count(asked.scopes) if asked.narrows else matching,
        "matching": matching,
        "chart": strips.chart(strip, charts.STRIP, zone) if strip else None,
        "chart_narrow": strips.chart(strip, charts.STRIP_NARROW, zone) if strip else None,
        "chart_label": strips.label(strip),
        "zooming": strips.zooming(strip, place) if strip else None,
        "counts": strips.counts(strip),
        "facets": _facets(person, asked, place, request.GET.get("facet", "")),
    }


def _facets(
    person: Person, asked: Asked, place: shown.Place, unfolded: str
) -> list[dict[str, Any]]:
    values = totals.facets(asked.scopes, asked.filters, most=found.MOST_FACETS)
    ids = [one for one, _ in values["actor_id"] if found.is_id(one)]
    slugs = agents_for(person).filter(pk__in=ids).values_list("pk", "slug")
    names = found.usernames(ids) | {str(key): slug for key, slug in slugs}
    return shown.facets(values, place, names, unfolded)


def _selected(person: Person, request: HttpRequest) -> Opened | None:
    """The entry that is looked at; looking at one is recorded like any other reading."""
    key = request.GET.get("sel", "")
    if not key:
        return None
    try:
        selected = opened(person, UUID(key))
    except ValueError as error:
        raise Http404("no such entry") from error
    if selected is None:
        raise Http404("no such entry, or it is not in your units")
    note_reading(person=person, query=f"entry {selected.entry.entry_id}", found=1)
    return selected


def _rows(
    request: HttpRequest,
    person: Person,
    asked: Asked,
    place: shown.Place,
    selected: Opened | None,
) -> dict[str, Any]:
    """A page of rows and, beside it, the selected entry."""
    cursor = request.GET.get("page", "")
    before = int(cursor) if cursor.isdecimal() else None
    page = reading.entries(asked.scopes, asked.filters, before=before, limit=found.PAGE)
    beside = [selected.entry, *selected.causes] if selected else []
    names = found.names_of(person, [*page.entries, *beside])
    key = str(selected.entry.entry_id) if selected else ""
    now = timezone.now()
    rows = [
        shown.row(one, names, now, link=place.here(sel=one.entry_id, page=cursor), current=key)
        for one in page.entries
    ]
    sealed = sum(one["sealed"] for one in rows)
    return {
        "entries": rows,
        "newest": rows[0]["id"] if rows else 0,
        "page": shown.Pages(newest=before is None, older=page.older),
        "status": {
            "text": f"{_entries(len(rows))} on this page, newest first",
            "checkpoint": f"{formats.number(sealed)} of them sealed",
        },
        "entry": _drawer(request, person, place, selected, names) if selected else None,
        "steps": shown.neighbours(rows, key),
    }


def _entries(count: int) -> str:
    return f"{formats.number(count)} {'entry' if count == 1 else 'entries'}"


def _drawer(
    request: HttpRequest,
    person: Person,
    place: shown.Place,
    selected: Opened,
    names: found.Names,
) -> dict[str, Any]:
    cursor = request.GET.get("page", "")
    entry = drawn.drawer(selected, names, lambda key: place.here(sel=key, page=cursor))
    if not request.GET.get("verify"):
        return entry
    proofs = evidence(selected.entry.entry_id, scopes=ledger_scopes(person))
    answers = drawn.answers(checks(proofs), timezone.now()) if proofs else None
    return entry | {"answers": answers}
