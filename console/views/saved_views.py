"""Saved views of the ledger: keeping the search that is shown, and renaming or removing a view."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from console.forms.views import ViewForm
from console.queries.views import view_of
from console.requests import person_of, refuse
from orchestration.models import Person, SavedView
from orchestration.operations.saved_views import change_view, remove_view, save_view


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a search under a name, for oneself or for everybody who reads a unit."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        return refuse(request, "This view cannot be saved", form.said(), 422)
    given = form.cleaned_data
    view = save_view(
        person=person_of(request),
        label=given["label"],
        query=given["query"],
        unit=request.POST.get("unit", ""),
    )
    messages.success(request, f"The view “{view.label}” is saved.")
    return redirect(_address(view))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: HttpRequest, key: UUID) -> HttpResponse:
    """One's own view: GET shows it, POST gives it another name or removes it."""
    person = person_of(request)
    view = _own(person, key)
    if request.method != "POST":
        return _page(request, view, ViewForm(initial={"label": view.label, "query": view.query}))
    if request.POST.get("act") == "remove":
        remove_view(view=view, person=person)
        messages.success(request, f"The view “{view.label}” is removed.")
        return redirect("ledger")
    form = ViewForm(request.POST)
    if not form.is_valid():
        return _page(request, view, form, status=422)
    change_view(view=view, person=person, **form.cleaned_data)
    messages.success(request, f"The view is called “{view.label}” now.")
    return redirect(_address(view))


def _page(request: HttpRequest, view: SavedView, form: ViewForm, status: int = 200) -> HttpResponse:
    context = {"section": "ledger", "view": view, "form": form, "view_url": _address(view)}
    return render(request, "ledger/view.html", context, status=status)


def _own(person: Person, key: UUID) -> SavedView:
    view = view_of(person, key)
    if view is None or view.owner_id != person.pk:
        raise Http404("you have no such view")
    return view


def _address(view: SavedView) -> str:
    return f"{reverse('ledger')}?{view.query}"
