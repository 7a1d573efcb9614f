"""The overview: what needs a person now, and how the fleet has been doing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
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

Part = Callable[[Person, presenter.Range, datetime], dict[str, Any]]


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
    person = person_of(request)
    chosen = presenter.range_named(request.GET.get("range", ""))
    now = timezone.now()
    region = region_of(request)
    if region in REGIONS:
        part, template = REGIONS[region]
        return render(request, template, part(person, chosen, now))
    context: dict[str, Any] = {
        "section": "overview",
        "live": feed,
        "ranges": presenter.ranges(chosen, reverse("overview")),
        "range_label": chosen.label,
    }
    for part, _ in REGIONS.values():
        context |= part(person, chosen, now)
    return render(request, "overview/page.html", context)


def _figures(person: Person, chosen: presenter.Range, now: datetime) -> dict[str, Any]:
    pulse = queries.pulse(person, queries.Stretch.of(chosen.seconds, now))
    waiting = queries.asks(person)
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    seen = presenter.Figures(
        pulse=pulse,
        last_minute=queries.last_minute(person, now),
        work=queries.work(person),
        waiting=waiting.count(),
        oldest_ask=oldest,
    )
    return {"figures": presenter.figures(seen, now, chosen.label)}


def _volume(person: Person, chosen: presenter.Range, now: datetime) -> dict[str, Any]:
    stretch = queries.Stretch.of(chosen.seconds, now)
    return presenter.volume(queries.pulse(person, stretch), stretch, chosen.label)


def _asks(person: Person, _: presenter.Range, __: datetime) -> dict[str, Any]:
    waiting = queries.asks(person)
    shown = waiting[: queries.MOST_ASKS]
    return {
        "asks": [presenter.ask(one, selected("approvals", str(one.pk))) for one in shown],
        "asks_count": waiting.count(),
        "approvals_url": reverse("approvals"),
    }


def _agents(person: Person, chosen: presenter.Range, now: datetime) -> dict[str, Any]:
    stretch = queries.Stretch.of(chosen.seconds, now)
    agents, total = queries.busiest(person, stretch.since)
    return {
        "agents": agent_rows(person, agents, now),
        "agents_count": total,
        "agents_url": reverse("agents"),
    }


def _events(person: Person, chosen: presenter.Range, now: datetime) -> dict[str, Any]:
    stretch = queries.Stretch.of(chosen.seconds, now)
    return {
        "events": presenter.events(queries.exceptions(person, stretch.since), _step),
        "events_url": f"{reverse('flows')}?show=waiting",
    }


def _step(goal: str, step: str) -> str:
    return flow_address(goal, step=step)


REGIONS: dict[str, tuple[Part, str]] = {
    "figures": (_figures, "overview/figures.html"),
    "volume": (_volume, "overview/volume.html"),
    "asks": (_asks, "overview/asks.html"),
    "agents": (_agents, "overview/agents.html"),
    "events": (_events, "overview/events.html"),
}
