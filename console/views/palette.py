"""The command palette: goals, requests, agents, policies, pages and commands by what was typed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.addresses import selected
from console.presenters import palette as presenter
from console.queries import palette as queries
from console.requests import person_of, wants_part
from console.shell import sees
from orchestration.access.roles import all_roles
from orchestration.models import Person

LONGEST = 200
"""Characters of a search that are looked at."""


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """What fits `q`; what is newest and all pages when nothing was typed."""
    person = person_of(request)
    words = request.GET.get("q", "")[:LONGEST].strip()
    pages = presenter.commands(words, reverse, sees(all_roles(person)))
    found = [*_rows(person, words), ("Go to", pages)]
    context = {"q": words, "groups": presenter.groups(found)}
    template = "components/palette_results.html" if wants_part(request) else "palette.html"
    return render(request, template, context)


def _rows(person: Person, words: str) -> list[tuple[str, list[dict[str, str]]]]:
    option = presenter.option
    goals = [
        option(goal.title, goal.state, "workflow", reverse("flow", args=[goal.pk]))
        for goal in queries.goals(person, words)
    ]
    asks = [
        option(one.title, str(one.agent), "inbox", selected("approvals", str(one.pk)))
        for one in queries.approvals(person, words)
    ]
    if not words:
        return [("Waiting for a person", asks), ("Recent goals", goals)]
    agents = [
        option(agent.name, agent.slug, "bot", reverse("agent", args=[agent.slug]))
        for agent in queries.agents(person, words)
    ]
    policies = [
        option(policy.title, policy.key, "file-code", reverse("policy", args=[policy.key]))
        for policy in queries.policies(person, words)
    ]
    return [("Waiting", asks), ("Goals", goals), ("Agents", agents), ("Policies", policies)]
