"""Parked work: what stopped and needs a person to look, and what they decide about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.parked import ResolveForm
from console.live.address import live
from console.presenters import parked as shown
from console.queries import parked as found
from console.requests import person_of, wants_part
from orchestration.access.roles import holds
from orchestration.access.rows import get_task_for
from orchestration.errors import InvalidInput
from orchestration.models import Person, Task
from orchestration.operations import parked as operations
from orchestration.vocabulary import ParkReason, Role

SAID = {
    "happened": "Recorded. The task goes on after that step.",
    "did-not": "Recorded. The step will be done again.",
    "retry": "The task begins again.",
    "give-up": "The task was given up.",
    "accept": "The result was accepted; the goal is completed.",
    "reject": "The goal has failed, with your reason.",
}


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """Parked tasks, those waiting longest first."""
    connection = None if wants_part(request) else live("parked")
    person = person_of(request)
    asked = request.GET.get("reason", "")
    reason = asked if asked in set(ParkReason) else ""
    page = found.page_of(found.parked(person, reason), request.GET.get("page"))
    items = [
        shown.item(one, may_resolve=holds(person, one.task.scope, Role.OPERATOR, Role.ADMIN))
        for one in found.with_calls(list(page.object_list))
    ]
    context = {
        "section": "parked",
        "live": connection,
        "items": items,
        "page": page,
        "tabs": shown.tabs(reason, found.counts(person)),
    }
    return render(request, "parked/page.html", context)


@require_POST
@never_cache
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """Carry out what a person decided about one parked task."""
    person = person_of(request)
    task = get_task_for(person, key)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(
            *(f"{name}: {said}" for name, errors in form.errors.items() for said in errors)
        )
    _resolve(task, person, form.cleaned_data)
    messages.success(request, SAID[form.cleaned_data["resolution"]])
    return redirect("parked")


def _resolve(task: Task, person: Person, said: dict[str, Any]) -> None:
    resolution = said["resolution"]
    who: dict[str, Any] = {"task": task, "person": person, "reason": said["reason"]}
    if resolution == "happened":
        operations.say_it_happened(**who, outcome=operations.read_outcome(said["outcome"]))
    elif resolution == "did-not":
        operations.say_it_did_not(**who)
    elif resolution == "retry":
        operations.retry_task(**who)
    elif resolution == "give-up":
        operations.give_up_task(**who)
    else:
        operations.settle_escalation(**who, accept=resolution == "accept")
