"""One task: who does it, what it waits for, its attempts and its steps."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.addresses import flow_address, selected, step_address, task_address
from console.presenters import tasks as presenter
from console.queries.tasks import task_story
from console.regions import live_for
from console.requests import person_of
from orchestration.access.rows import get_task_for


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """The page of one task."""
    person = person_of(request)
    feed = live_for(request, "flow", goal=get_task_for(person, key).goal_id)
    task = get_task_for(person, key)  # again, so that what changed meanwhile is not missed
    links = {
        "task": task_address,
        "step": step_address(task.goal_id, "log"),
        "agent": lambda slug: reverse("agent", args=[slug]),
    }
    context = {
        "section": "flows",
        "live": feed,
        "goal": {"title": task.goal.title, "url": flow_address(task.goal_id)},
        "task": presenter.page(task_story(person, task), links, timezone.now()),
        "parked_url": selected("parked", str(task.pk)) if task.state == "parked" else "",
    }
    return render(request, "tasks/page.html", context)
