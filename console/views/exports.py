"""Taking evidence away: how much it is beforehand, the download, and who took what before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit import queries, reading, totals
from audit.bundles import EvidenceBundle, NothingToExport
from audit.evidence_page import About, verifier_page
from audit.exports import FORMATS, stream
from audit.reading import Filters
from audit.sizes import BUNDLE, estimate
from console.downloads import download
from console.forms.exports import LONGEST_QUERY, ExportForm
from console.presenters import exports as shown
from console.presenters.ledger import address as ledger_address
from console.queries import exports as found
from console.queries.ledger import Asked, understand
from console.requests import person_of
from orchestration.access.roles import ledger_scopes
from orchestration.errors import InvalidInput
from orchestration.models import Goal, Person
from orchestration.operations.exports import Taken, note_export


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """How many entries `?q=` finds, how large they are in each format, and past exports."""
    narrowed = _narrowed(request)
    if narrowed is not None:
        return redirect(f"{reverse('exports')}?{urlencode({'q': narrowed})}")
    person, now = person_of(request), timezone.now()
    text = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    asked = understand(person, queries.read(text), now)
    context: dict[str, Any] = {
        "section": "ledger",
        "q": text,
        "problems": [str(problem) for problem in asked.problems],
        "goals": shown.goals(found.goals(person), asked.filters.goal),
        "history": shown.history(found.history(person)),
        "warning": found.warning(),
        "clear_url": reverse("exports") if text else "",
        "look_url": ledger_address(text),
        **({} if asked.problems else _sizes(person, asked)),
    }
    return render(request, "exports/page.html", context)


def _sizes(person: Person, asked: Asked) -> dict[str, Any]:
    size = estimate(asked.scopes, asked.filters)
    everything = "" in asked.scopes and asked.filters == reading.NO_FILTER
    goal = _whole_goal(person, asked.filters)
    return {
        "entries": size.entries,
        "total": size.entries if everything else totals.count(ledger_scopes(person)),
        "formats": shown.formats(size),
        "claim": shown.claim(
            everything=everything, goal_closed=bool(goal.closed_at) if goal else None
        ),
    }


def _whole_goal(person: Person, filters: Filters) -> Goal | None:
    """The goal, if nothing but one goal is asked for."""
    if not filters.goal or filters != Filters(goal=filters.goal):
        return None
    return found.goal(person, filters.goal)


def _narrowed(request: HttpRequest) -> str | None:
    """The search with the goal and times chosen beside it; None when none were."""
    given = {name: request.GET.get(name, "").strip() for name in ("goal", "after", "before")}
    if not any(name in request.GET for name in given):
        return None
    query = queries.read(request.GET.get("q", "")[:LONGEST_QUERY])
    kept = [str(term) for term in query.terms if term.name not in given]
    words = [queries.quoted_word(word) for word in query.words]
    return " ".join([*kept, *(f"{name}:{value}" for name, value in given.items() if value), *words])


@require_POST
@never_cache
def take(request: HttpRequest) -> HttpResponseBase:
    """Record the export, then send it while it is made."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(*(str(said) for errors in form.errors.values() for said in errors))
    person, now = person_of(request), timezone.now()
    name, text = form.cleaned_data["form"], form.cleaned_data["q"].strip()
    asked = understand(person, queries.read(text), now)
    if asked.problems:
        raise InvalidInput(*map(str, asked.problems))
    warning = found.warning()
    parts, count = _prepared(person, name, asked, text, warning, form.cleaned_data["names"])
    note_export(person=person, taken=Taken(name, text, asked.scopes, count, warning))
    file_name = shown.file_name(name, now, unverified=bool(warning))
    media_type = FORMATS.get(name, "application/zip")
    return download(request, parts, name=file_name, media_type=media_type)


def _prepared(
    person: Person, name: str, asked: Asked, text: str, warning: str, named: bool
) -> tuple[Iterator[bytes], int]:
    """The bytes to come, and how many entries they hold."""
    if name != BUNDLE:
        entries = totals.count(asked.scopes, asked.filters)
        return stream(name, asked.scopes, asked.filters), entries
    about = About(
        by=str(person),
        asked=text,
        names=found.names(person, asked.scopes) if named else {},
        warning=warning,
    )
    try:
        bundle = EvidenceBundle(asked.scopes, asked.filters, about)
    except NothingToExport as error:
        raise InvalidInput(f"{error}; entries can be proven about a second later") from error
    return bundle.parts(), bundle.entries


@require_GET
def verifier(request: HttpRequest) -> HttpResponseBase:
    """The page that checks bundles, for readers who want a copy that came by another way."""
    page = verifier_page().encode()
    return download(request, iter([page]), name="signalbox-verifier.html", media_type="text/html")
