"""What views ask of a request: who it is from, and whether it wants a page or a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from orchestration.models import Person
from orchestration.operations.visits import note_refusal


class ConsoleRequest(HttpRequest):
    """A request as it arrives at a view."""

    htmx: HtmxDetails


def person_of(request: HttpRequest) -> Person:
    """The person who is signed in; PermissionDenied when nobody is."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page, and not for the whole of it."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not (htmx.boosted or htmx.history_restore_request)


def refuse(request: HttpRequest, title: str, problems: Sequence[str], status: int) -> HttpResponse:
    """Say why something was refused: a part for htmx, a page for everybody else."""
    template = "components/failed.html" if wants_part(request) else "refused.html"
    context: dict[str, Any] = {"title": title, "text": " ".join(problems), "problems": problems}
    return render(request, template, context, status=status)


def note_refused(request: HttpRequest, reason: str) -> None:
    """Record that somebody who is signed in tried to change something and was refused."""
    if request.method != "POST" or not isinstance(request.user, Person):
        return
    found = request.resolver_match
    if found is not None:
        act = " ".join([found.view_name, *(str(value) for value in found.kwargs.values())])
        note_refusal(person=request.user, act=act, reason=reason)
