"""Packs of policies that come with Signalbox, and the principles that agents carry."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.policies import PackForm
from console.presenters import policy_packs as shown
from console.presenters.policy_drafts import address
from console.queries.policy_drafts import in_force_for
from console.queries.policy_packs import principles_for
from console.requests import person_of
from orchestration.access.governing import governed_scopes
from orchestration.errors import InvalidInput
from orchestration.operations.policy_drafts import open_pack
from orchestration.policy.shipped import pack_list, pack_named


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """Every pack, with how much of it is in force."""
    in_force = in_force_for(person_of(request))
    packs = [shown.row(one, in_force) for one in pack_list()]
    return render(request, "packs/list.html", {"section": "policies", "packs": packs})


@require_GET
@never_cache
def show(request: HttpRequest, name: str) -> HttpResponse:
    """One pack: its page, its policies in plain words, and their tests run for this page."""
    pack = pack_named(name)
    if pack is None:
        raise Http404("there is no such pack")
    person = person_of(request)
    scopes = governed_scopes(person)
    context = {
        "section": "policies",
        "pack": shown.page(pack, in_force_for(person)),
        "form": PackForm(scopes) if scopes else None,
    }
    return render(request, "packs/page.html", context)


@require_POST
def install(request: HttpRequest, name: str) -> HttpResponse:
    """Begin a draft with the policies of a pack."""
    person = person_of(request)
    form = PackForm(governed_scopes(person), request.POST)
    if not form.is_valid():
        raise InvalidInput("Choose a unit that you are an admin of.")
    draft = open_pack(name=name, scope=form.cleaned_data["scope"], person=person)
    messages.success(request, "A draft holds the pack now. Nothing is in force by that.")
    return redirect(address(draft))


@require_GET
@never_cache
def principles(request: HttpRequest) -> HttpResponse:
    """The principles that agents carry, each with the policies that enforce it."""
    person = person_of(request)
    readable = in_force_for(person).keys()
    rows = [shown.principle(policy, one, readable) for policy, one in principles_for(person)]
    return render(request, "packs/principles.html", {"section": "policies", "principles": rows})
