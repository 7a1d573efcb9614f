"""Reconstruct: the state of a goal after any of its entries, what changed, and what differs now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.presenters import reconstruct as shown
from console.queries import reconstruct as found
from console.queries.ledger import names_of
from console.requests import person_of, wants_part
from console.zones import zone_of
from orchestration.access.rows import goals_for
from orchestration.models import Person
from orchestration.operations.visits import note_reading
from orchestration.reconstruction.moments import Moment

AROUND = 12


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """A goal (`?goal=`) after an entry (`?at=` its id, or `?n=` its place); a choice without one.

    `?diff=now` adds what differs from its last entry.
    """
    with timezone.override(zone_of(request)):
        person = person_of(request)
        key = request.GET.get("goal", "")
        if not key:
            return _choice(request, person)
        moment = _moment(request, person, key)
        if not wants_part(request):
            note_reading(person=person, query=f"goal {moment.goal} reconstructed", found=1)
        return render(request, "ledger/reconstruct.html", _context(request, person, moment))


def _choice(request: HttpRequest, person: Person) -> HttpResponse:
    text = request.GET.get("q", "")
    goals = [
        {
            "title": goal.title,
            "state": goal.state,
            "at": goal.created_at,
            "url": shown.address_of(goal.pk),
        }
        for goal in found.goals(person, text)
    ]
    context = {"section": "ledger", "goals": goals, "q": text}
    return render(request, "ledger/reconstruct.html", context)


def _moment(request: HttpRequest, person: Person, key: str) -> Moment:
    try:
        goal = UUID(key)
    except ValueError as error:
        raise Http404("no such goal") from error
    at, number = request.GET.get("at", ""), request.GET.get("n", "")
    moment = found.moment_of(person, goal, _number(at), _number(number))
    if moment is None:
        raise Http404("no such goal by then, or it is not in your units")
    return moment


def _number(text: str) -> int | None:
    return (
        int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(2**63)) else None
    )


def _context(request: HttpRequest, person: Person, moment: Moment) -> dict[str, Any]:
    around = found.near(person, moment, AROUND)
    names = names_of(person, [moment.entry, *around])
    differs = request.GET.get("diff") == "now"
    later = found.since(person, moment) if differs else []
    state = moment.state
    texts = found.texts(shown.digests(moment, [*moment.changes, *later]))
    words = shown.Words(texts, found.agent_names(person, state), state)
    title = goals_for(person).filter(pk=moment.goal).values_list("title", flat=True).first()
    together = found.together(person, moment)
    return {
        "section": "ledger",
        "goal": moment.goal,
        "head": shown.head(moment, names, title or str(moment.goal)),
        "together": together.count,
        "last_url": shown.address_of(moment.goal, at=together.last)
        if together.last != moment.at
        else "",
        "changes": [shown.change(one, words) for one in moment.changes],
        "tables": shown.tables(state, words, [one.id for one in moment.changes]),
        "gaps": state.gaps,
        "around": shown.around(around, moment, names),
        "differs": differs,
        "since": [shown.change(one, words) for one in later],
        "since_url": shown.address_of(moment.goal, at=moment.at, diff="" if differs else "now"),
    }
