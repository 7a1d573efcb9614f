"""Replays of history under a draft or the bundle in force: asked for, watched, cancelled, read."""

from __future__ import annotations

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
from orchestration.errors import InvalidInput
from orchestration.models import Person
from orchestration.operations.policy_replays import cancel_replay, request_replay
from orchestration.vocabulary import Role

LATEST = 60


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
    row = request_replay(person=person, draft=get_draft_for(person, key), last=_last(request))
    return redirect("replay", row.pk)


@require_POST
def start_active(request: HttpRequest) -> HttpResponse:
    """Have history decided again under the bundle in force."""
    row = request_replay(person=person_of(request), draft=None, last=_last(request))
    return redirect("replay", row.pk)


@require_POST
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    """End a replay where it is."""
    person = person_of(request)
    row = cancel_replay(replay=get_replay_for(person, key), person=person)
    messages.success(request, "The replay is cancelled; what it found so far stays.")
    return redirect("replay", row.pk)


def _last(request: HttpRequest) -> int:
    form = ReplayForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("Choose how many decisions to replay.")
    return int(form.cleaned_data["last"])


def _may_ask(person: Person) -> bool:
    return bool(scopes_for(person, Role.ADMIN, Role.REVIEWER))
