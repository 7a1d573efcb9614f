"""Agents: the list, one agent as a service, and pausing and resuming it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.live.address import live
from console.presenters import agents as shown
from console.queries import agents as found
from console.queries.activity import agent_rows
from console.requests import person_of, wants_part
from orchestration.access.roles import holds
from orchestration.access.rows import get_agent_for, units_for
from orchestration.errors import InvalidInput
from orchestration.operations.interventions import pause_agent, resume_agent
from orchestration.vocabulary import AgentState, Role


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """The agents of the person's units, narrowed by words, state and unit."""
    connection = None if wants_part(request) else live("agents")
    person = person_of(request)
    words, unit = request.GET.get("q", ""), request.GET.get("unit", "")
    asked = request.GET.get("state", "")
    state = asked if asked in set(AgentState) else ""
    page = found.page_of(
        found.listed(person, words=words, state=state, unit=unit), request.GET.get("page")
    )
    paths = units_for(person).values_list("scope", flat=True)
    context = {
        "section": "agents",
        "live": connection,
        "agents": agent_rows(person, list(page.object_list), timezone.now()),
        "page": page,
        "q": words,
        "state_choices": shown.state_choices(state),
        "units": [{"path": path, "current": path == unit} for path in paths],
        "clear_url": reverse("agents") if words or state or unit else "",
    }
    return render(request, "agents/list.html", context)


@require_GET
@never_cache
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One agent: what it is, may do and did."""
    connection = None if wants_part(request) else live("agents")
    person = person_of(request)
    agent = get_agent_for(person, slug)
    service = found.service(person, agent, timezone.now())
    may_act = holds(person, agent.scope, Role.OPERATOR, Role.ADMIN)
    context = {
        "section": "agents",
        "live": connection,
        "agents_url": reverse("agents"),
        "agent": shown.head(service),
        "facts": shown.facts(service),
        "acts": shown.acts(agent, may_act=may_act),
        "panels": shown.panels(service.minutes),
        "tasks": shown.tasks(service),
        "decisions": shown.decisions(service.steps),
        "limits": shown.limits(service),
        "tools": shown.tools(service),
        "policies": shown.policies(service.policies),
        "versions": shown.versions(service),
    }
    return render(request, "agents/page.html", context)


@require_POST
@never_cache
def act(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause or resume an agent."""
    person = person_of(request)
    agent = get_agent_for(person, slug)
    asked = request.POST.get("act", "")
    if asked == "pause":
        pause_agent(agent=agent, person=person)
        messages.success(request, f"{agent.name} is paused. No step of it starts from now on.")
    elif asked == "resume":
        resume_agent(agent=agent, person=person)
        messages.success(request, f"{agent.name} works again.")
    else:
        raise InvalidInput("An agent can be paused or resumed.")
    return redirect("agent", slug=agent.slug)
