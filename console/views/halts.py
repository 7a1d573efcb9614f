"""Halts: what stands, stopping agents, goals and units after a dry run, and releasing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.acts import HaltForm
from console.presenters import halts as presenter
from console.presenters.formats import number
from console.queries import halts as queries
from console.regions import live_for
from console.requests import person_of
from orchestration.access.roles import holds
from orchestration.models import Halt, Person
from orchestration.operations.interventions import order_halt, release_halt


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Standing halts, and the form; `?what=kind:subject` says what that halt would stop."""
    feed = live_for(request, "halts")
    person = person_of(request)
    groups = queries.subjects(person)
    form = HaltForm(groups)
    what = request.GET.get("what", "")
    form.fields["what"].initial = what
    context = _context(person, groups, form) | {"live": feed, "dry_run": _dry_run(person, what)}
    return render(request, "halts/page.html", context)


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Order a halt; it stands when the answer comes."""
    person = person_of(request)
    groups = queries.subjects(person)
    form = HaltForm(groups, request.POST)
    if not form.is_valid():
        context = _context(person, groups, form)
        context["dry_run"] = _dry_run(person, request.POST.get("what", ""))
        return render(request, "halts/page.html", context, status=422)
    kind, subject = form.chosen()
    scope = queries.scope_of(person, kind, subject)
    if scope is None:
        raise Http404("there is no such thing in your units")
    order_halt(
        kind=kind, subject=subject, scope=scope, person=person, reason=form.cleaned_data["reason"]
    )
    label = presenter.labels(groups)[form.cleaned_data["what"]]
    messages.warning(request, f"{label} is halted: no step of it starts until it is released.")
    return redirect("halts")


@require_POST
def release(request: HttpRequest, key: UUID) -> HttpResponse:
    """Release a halt; what it stopped goes on."""
    person = person_of(request)
    halt = queries.any_halt(person, key)
    if halt is None:
        raise Http404("no such halt")
    release_halt(halt=halt, person=person)
    messages.success(request, "The halt is released; what it stopped goes on.")
    return redirect("halts")


def _context(person: Person, groups: list[Any], form: HaltForm) -> dict[str, Any]:
    names = presenter.labels(groups)
    rows = [
        presenter.row(
            halt,
            names,
            reverse("halt-release", args=[halt.pk]),
            holds(person, halt.scope, *queries.OPERATORS),
        )
        for halt in queries.standing(person)
    ]
    past = [presenter.row(halt, names, "", may_release=False) for halt in queries.released(person)]
    return {
        "section": "halts",
        "standing": rows,
        "past": past,
        "form": form if groups else None,
    }


def _dry_run(person: Person, what: str) -> dict[str, Any] | None:
    """What a halt would stop now; None when nothing that may be seen was named."""
    kind, _, subject = what.partition(":")
    if kind not in Halt.Kind.values:
        return None
    names = presenter.labels(queries.subjects(person))
    if what not in names:
        return None
    reached = queries.reach(person, Halt.Kind(kind), subject)
    return {"label": names[what], "will": presenter.will(names[what], reached, _count)}


def _count(total: int, noun: str) -> str:
    return f"{number(total)} {noun if total == 1 else noun + 's'}"
