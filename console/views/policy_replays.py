"""Replays of history under a draft or the bundle in force: asked for, watched, cancelled, read."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.policies import ReplayForm
from console.presenters import policy_replays as shown
from console.regions import live_for
from console.replay_card import replay_card
from console.requests import person_of
from orchestration.access.roles import scopes_for
from orchestration.access.rules import get_draft_for, get_replay_for, replays_for
from orchestration.attributes.history import Window
from orchestration.errors import InvalidInput
from orchestration.models import Person
from orchestration.operations.policy_replays import cancel_replay, request_replay
from orchestration.vocabulary import Role

LATEST = 60


class _Asked(TypedDict):
    """How much history somebody asked for."""

    last: int
    window: Window


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """The latest replays, and a form to ask for one of the rules in force."""
    feed = live_for(request, "policies")
    person, now = person_of(request), timezone.now()
    context = {
        "section": "policies",
        "live": feed,
        "replays": [shown.row(one, now) for one in replays_for(person)[:LATEST]],
        "form": ReplayForm() if _may_ask(person) else None,
    }
    return render(request, "replays/list.html", context)


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """One replay: how far it is, and what it found so far."""
    feed = live_for(request, "policies")
    person = person_of(request)
    row = get_replay_for(person, key)
    context = {"section": "policies", "live": feed, **replay_card(person, row)}
    return render(request, "replays/page.html", context)


@require_POST
def start(request: HttpRequest, key: UUID) -> HttpResponse:
    """Have history decided again under a draft."""
    person = person_of(request)
    row = request_replay(person=person, draft=get_draft_for(person, key), **_history(request))
    return redirect("replay", row.pk)


@require_POST
def start_active(request: HttpRequest) -> HttpResponse:
    """Have history decided again under the bundle in force."""
    row = request_replay(person=person_of(request), draft=None, **_history(request))
    return redirect("replay", row.pk)


@require_POST
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    """End a replay where it is."""
    person = person_of(request)
    row = cancel_replay(replay=get_replay_for(person, key), person=person)
    messages.success(request, "The replay is cancelled; what it found so far stays.")
    return redirect("replay", row.pk)


def _history(request: HttpRequest) -> _Asked:
    form = ReplayForm(request.POST)
    if not form.is_valid():
        if "last" in form.errors:
            raise InvalidInput("Choose how many decisions to replay.")
        raise InvalidInput("Write the window as dates with times, in UTC.")
    said = form.cleaned_data
    return {"last": said["last"], "window": Window(said["since"], said["until"])}


def _may_ask(person: Person) -> bool:
    return bool(scopes_for(person, Role.ADMIN, Role.REVIEWER))
