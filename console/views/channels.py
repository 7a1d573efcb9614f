"""Notification channels: how news reaches people outside the console."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.channels import ChannelForm
from console.presenters import channels as shown
from console.queries import channels as queries
from console.requests import person_of
from orchestration.errors import InvalidInput
from orchestration.models import Channel, Person
from orchestration.operations import channels as operations

ACTS: dict[str, tuple[Callable[..., object], str]] = {
    "pause": (operations.pause_channel, "The channel is paused; news gathers meanwhile."),
    "resume": (operations.resume_channel, "The channel carries news again."),
    "remove": (operations.remove_channel, "The channel is removed."),
    "try": (operations.try_channel, "A message is on its way; it shows below when it arrived."),
}


@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The channels, and the form for another."""
    person = person_of(request)
    return _index(request, person, _form(person))


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a channel."""
    person = person_of(request)
    form = _form(person, request.POST)
    if form.is_valid():
        try:
            channel = operations.add_channel(
                person=person,
                scope=form.cleaned_data["scope"],
                role=form.cleaned_data["role"],
                chosen=form.chosen(),
            )
        except InvalidInput as error:
            _note(form, error)
        else:
            messages.success(request, f"The channel {channel} is there. Try it.")
            return redirect("channel", channel.pk)
    return _index(request, person, form, status=422)


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """One channel: its settings, and what went through it."""
    person = person_of(request)
    channel = queries.channel_of(person, key)
    return _page(request, channel, _form(person, None, channel))


@require_POST
def change(request: HttpRequest, key: UUID) -> HttpResponse:
    """Change a channel."""
    person = person_of(request)
    channel = queries.channel_of(person, key)
    form = _form(person, request.POST, channel)
    if form.is_valid():
        try:
            operations.change_channel(channel=channel, person=person, chosen=form.chosen())
        except InvalidInput as error:
            _note(form, error)
        else:
            messages.success(request, "The channel is changed.")
            return redirect("channel", key)
    return _page(request, channel, form, status=422)


@require_POST
def act(request: HttpRequest, key: UUID, what: str) -> HttpResponse:
    """Pause, resume, try or remove a channel."""
    if what not in ACTS:
        raise Http404("there is no such act")
    person = person_of(request)
    channel = queries.channel_of(person, key)
    operation, said = ACTS[what]
    operation(channel=channel, person=person)
    messages.success(request, said)
    return redirect("channels") if what == "remove" else redirect("channel", key)


def _form(person: Person, data: object = None, channel: Channel | None = None) -> ChannelForm:
    return ChannelForm(queries.units(person), queries.governed(person), data, channel)


def _note(form: ChannelForm, error: InvalidInput) -> None:
    for problem in error.problems:
        form.add_error(None, problem)


def _index(
    request: HttpRequest, person: Person, form: ChannelForm, status: int = 200
) -> HttpResponse:
    rows = [shown.row(channel) for channel in queries.channels(person)]
    context = {"section": "channels", "rows": rows, "form": form}
    return render(request, "settings/channels.html", context, status=status)


def _page(
    request: HttpRequest, channel: Channel, form: ChannelForm, status: int = 200
) -> HttpResponse:
    context = {
        "section": "channels",
        "channel": shown.row(channel),
        "form": form,
        "page": queries.sent_through(channel, request.GET.get("page")),
    }
    return render(request, "settings/channel.html", context, status=status)
