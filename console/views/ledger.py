"""The ledger: search, totals, density, facets, and the drawer of one entry. Reading is recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from audit import reading
from console.live.address import live
from console.presenters import charts, formats
from console.presenters import ledger as shown
from console.presenters.search import Search, parse, said
from console.queries import ledger as found
from console.queries.ledger import Asked, Opened
from console.requests import person_of, wants_part
from orchestration.access.roles import READING, scopes_for
from orchestration.access.rows import agents_for
from orchestration.models import Person
from orchestration.operations.visits import note_reading


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Entries that match `?q=`, newest first, and the one that `?sel=` names."""
    connection = None if wants_part(request) else live("ledger")
    person = person_of(request)
    text = _text(request)
    search = parse(text, found.NAMES)
    asked = found.understand(person, search, timezone.now())
    for problem in asked.problems:
        messages.warning(request, problem)
    selected = _selected(person, request.GET.get("sel", ""))
    density = found.density(asked)
    total = reading.count(scopes_for(person, *READING))
    if not wants_part(request):
        note_reading(person=person, query=text, found=density.total())
    context = {
        "section": "ledger",
        "live": connection,
        "q": said((), search.words),
        "terms": said(search.terms, ()),
        "chips": shown.chips(search),
        "picked": selected is not None,
        "total": total,
        "matching": density.total(),
        "density": shown.density_chart(density, charts.STRIP),
        "density_narrow": shown.density_chart(density, charts.STRIP_NARROW),
        "density_label": shown.density_label(density),
        "counts": shown.counts(density),
        "facets": _facets(person, asked, search),
        "clear_url": reverse("ledger") if text else "",
        "close_url": shown.address(text),
        **_entries(request, person, asked, selected),
    }
    return render(request, "ledger/page.html", context)


def _text(request: HttpRequest) -> str:
    """What is searched for: the qualifiers kept by the form, and what was typed beside them."""
    return " ".join(filter(None, request.GET.getlist("q")))


def _selected(person: Person, key: str) -> Opened | None:
    if not key:
        return None
    try:
        opened = found.opened(person, UUID(key))
    except ValueError as error:
        raise Http404("no such entry") from error
    if opened is None:
        raise Http404("no such entry, or it is not in your units")
    return opened


def _entries(
    request: HttpRequest, person: Person, asked: Asked, selected: Opened | None
) -> dict[str, Any]:
    """A page of rows and, beside it, the selected entry."""
    cursor = request.GET.get("page", "")
    before = int(cursor) if cursor.isdecimal() else None
    page = reading.entries(asked.scopes, asked.filters, before=before, limit=found.PAGE)
    beside = [selected.entry, *selected.causes] if selected else []
    names = found.names_of(person, [*page.entries, *beside])
    key = str(selected.entry.entry_id) if selected else ""
    text, now = _text(request), timezone.now()
    rows = [
        shown.row(
            one, names, now, link=shown.address(text, sel=one.entry_id, page=cursor), current=key
        )
        for one in page.entries
    ]
    sealed = sum(one["sealed"] for one in rows)
    return {
        "entries": rows,
        "page": shown.Pages(newest=before is None, older=page.older),
        "status": {
            "text": f"{formats.number(len(rows))} entries on this page, newest first",
            "checkpoint": f"{formats.number(sealed)} of them sealed",
        },
        "entry": shown.drawer(selected, names) if selected else None,
    }


def _facets(person: Person, asked: Asked, search: Search) -> list[dict[str, Any]]:
    values = reading.facets(asked.scopes, asked.filters, most=found.MOST_FACETS)
    actors = [value for value, _ in values["actor_id"]]
    ids = [one for one in actors if found.is_id(one)]
    slugs = agents_for(person).filter(pk__in=ids).values_list("pk", "slug")
    agents = {str(key): slug for key, slug in slugs}
    return shown.facets(values, search, found.usernames(ids), agents)
