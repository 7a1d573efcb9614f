"""Suggestions for the search of the ledger: qualifiers, and values the reader may see."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.presenters.suggestions import items
from console.queries.suggestions import values
from console.requests import person_of

LONGEST = 80


@require_GET
@never_cache
def show(request: HttpRequest) -> JsonResponse:
    """What the word `?word=` may become, the best first."""
    word = request.GET.get("word", "")[:LONGEST]
    name, colon, begun = word.lstrip("-").partition(":")
    found = values(person_of(request), name, begun.strip('"')) if colon else []
    return JsonResponse({"items": items(word, found)})
