"""The overview: what needs a person now, and how the fleet has been doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.addresses import flow_address, selected
from console.presenters import overview as presenter
from console.presenters.shell import landing
from console.queries import overview as queries
from console.queries.activity import agent_rows
from console.regions import live_for, region_of
from console.requests import person_of
from orchestration.access.roles import all_roles
from orchestration.models import Person


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The page on which somebody's role begins; the overview is shown without a detour."""
    name = landing(all_roles(person_of(request)))
    return show(request) if name == "overview" else redirect(name)


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The overview of a stretch of time; htmx gets the region it asks for."""
    feed = live_for(request, "figures", "volume", "approvals", "agents", "events")
    look = Look(person_of(request), _range(request), timezone.now())
    region = region_of(request)
    if region in REGIONS:
        part, template = REGIONS[region]
        return render(request, template, part(look))
    context: dict[str, Any] = {
        "section": "overview",
        "live": feed,
        "ranges": presenter.ranges(look.chosen, reverse("overview")),
        "range_label": look.chosen.label,
    }
    for part, _ in REGIONS.values():
        context |= part(look)
    return render(request, "overview/page.html", context)


def _range(request: HttpRequest) -> presenter.Range:
    return presenter.range_named(request.GET.get("range", ""))


@dataclass(frozen=True)
class Look:
    """Who looks how far back, and what several parts of the page are made of, read once."""

    person: Person
    chosen: presenter.Range
    now: datetime

    @cached_property
    def stretch(self) -> queries.Stretch:
        """The stretch of time that is looked at."""
        return queries.Stretch.of(self.chosen.seconds, self.now)

    @cached_property
    def pulse(self) -> queries.Pulse:
        """Decisions of the stretch."""
        return queries.pulse(self.person, self.stretch)

    @cached_property
    def waiting(self) -> queries.Waiting:
        """What waits for a person."""
        return queries.waiting(self.person)


def _figures(look: Look) -> dict[str, Any]:
    seen = presenter.Figures(
        pulse=look.pulse,
        last_minute=queries.last_minute(look.person, look.now),
        work=queries.work(look.person),
        waiting=look.waiting.total,
        oldest_ask=look.waiting.oldest,
    )
    return {"figures": presenter.figures(seen, look.now, look.chosen.label)}


def _volume(look: Look) -> dict[str, Any]:
    return presenter.volume(look.pulse, look.stretch, look.chosen.label)


def _asks(look: Look) -> dict[str, Any]:
    shown = queries.asks(look.person) if look.waiting.total else []
    return {
        "asks": [presenter.ask(one, selected("approvals", str(one.pk))) for one in shown],
        "asks_count": look.waiting.total,
        "approvals_url": reverse("approvals"),
    }


def _agents(look: Look) -> dict[str, Any]:
    agents, total = queries.busiest(look.person, look.stretch.since)
    return {
        "agents": agent_rows(look.person, agents, look.now),
        "agents_count": total,
        "agents_url": reverse("agents"),
    }


def _events(look: Look) -> dict[str, Any]:
    return {
        "events": presenter.events(queries.exceptions(look.person, look.stretch.since), _step),
        "events_url": f"{reverse('flows')}?show=waiting",
    }


def _step(goal: str, step: str) -> str:
    return flow_address(goal, step=step)


REGIONS: dict[str, tuple[Callable[[Look], dict[str, Any]], str]] = {
    "figures": (_figures, "overview/figures.html"),
    "volume": (_volume, "overview/volume.html"),
    "asks": (_asks, "overview/asks.html"),
    "agents": (_agents, "overview/agents.html"),
    "events": (_events, "overview/events.html"),
}
