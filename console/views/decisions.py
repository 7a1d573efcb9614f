"""One decision: what was asked, by which rules it was decided, what came of it, and its record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.addresses import flow_address, step_link, step_links
from console.presenters import decision as presenter
from console.presenters import policy_explained
from console.presenters.inspector import inspect
from console.queries.policy_playground import (
    decided_now,
    decided_then,
    readable,
    texts_then,
)
from console.queries.steps import find_step, step_story
from console.regions import live_for
from console.requests import person_of
from orchestration.models import Person, Step


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """The page of one step's decision."""
    person = person_of(request)
    feed = live_for(request, "flow", goal=_find(person, key).goal_id)
    step = _find(person, key)
    story = step_story(person, step)
    links = step_links()
    context = {
        "section": "flows",
        "live": feed,
        "flows_url": reverse("flows"),
        "flow_url": step_link(step),
        "goal": {"title": step.goal.title, "url": flow_address(step.goal_id)},
        "step": inspect(story, links, whole=True),
        "record": presenter.record(story, links),
        "facts": presenter.facts(story, links),
        "considered": presenter.considered(story),
        "duties": presenter.duties(story),
        **_why(person, step),
    }
    return render(request, "decisions/page.html", context)


def _why(person: Person, step: Step) -> dict[str, Any]:
    """Every rule's answer then, the texts it was decided by, and what other rules would say now."""
    then = decided_then(step)
    if then.explanation is None:
        return {"explained": None, "texts": [], "again": []}
    spoke = {one.policy for one in then.explanation.rules if one.result != "not matched"}
    texts = texts_then(person, step, spoke)
    return {
        "explained": policy_explained.shown(then.explanation, readable(person)),
        "texts": [presenter.text(key, *found) for key, found in sorted(texts.items())],
        "again": policy_explained.again(
            decided_now(person, step), then.explanation.decision.effect
        ),
    }


def _find(person: Person, key: UUID) -> Step:
    """The step; read again after the live position, so that the page misses nothing."""
    step = find_step(person, str(key))
    if step is None:
        raise Http404("no such step, or it is not in your units")
    return step
