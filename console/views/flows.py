"""Decision flows: the list of goals, and one goal as flow, tree, timeline and log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from console.addresses import flow_address, step_address, step_links, task_address
from console.presenters import flow_views, goals, inspector
from console.presenters.flow_graph import flow_graph
from console.presenters.policy_packs import standing
from console.queries import flows, steps
from console.queries import goals as goal_queries
from console.regions import live_for, region_of
from console.requests import person_of
from console.shell import may_act
from orchestration.access.rows import get_goal_for
from orchestration.access.rules import readable_keys
from orchestration.models import Goal, Person
from orchestration.operations.policies import principles_for

PAGE_SIZE = 25
STEPS_A_PAGE = 100
TASKS_A_PAGE = 40

REGIONS = {
    "inspector": "flows/inspector.html",
    "strip": "flows/strip.html",
    "tree-region": "flows/tree.html",
    "timeline-region": "flows/timeline.html",
    "log-region": "flows/log.html",
}


@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Goals of the person's units, newest first; `q` narrows them down."""
    feed = live_for(request, "flows")
    person = person_of(request)
    asked = goal_queries.Asked.of(request.GET.get("q", ""), request.GET.get("show", ""))
    found = goal_queries.search(person, asked)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    figures = goal_queries.figures([goal.pk for goal in page])
    context = {
        "section": "flows",
        "live": feed,
        "goals": [
            goals.row(goal, figures.get(goal.pk, goals.NOTHING_YET), flow_address(goal.pk), now)
            for goal in page
        ],
        "page": page,
        "q": asked.text,
        "show": asked.show,
        "tabs": goals.tabs(asked.show, reverse("flows"), asked.text),
        "chips": goals.chips(asked.search, reverse("flows"), asked.show),
        "clear_url": reverse("flows") if asked.narrows else "",
        "start_url": reverse("goal-new") if may_act(person, "goal-new") else "",
        "start_action": {"url": reverse("goal-new"), "label": "Start a goal"},
    }
    template = "flows/table.html" if region_of(request) == "flows" else "flows/list.html"
    return render(request, template, context)


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """The decision flow of a goal; htmx gets the region it asks for."""
    feed = live_for(request, "flow", "approvals", goal=key)
    person = person_of(request)
    goal = get_goal_for(person, key)
    view = _view(request)
    region = region_of(request)
    context: dict[str, Any] = {"goal": goal_context(goal), "view": view, "live": feed}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "inspector": lambda: _inspector(request, person, goal, view),
        "strip": lambda: {"strip": _strip(person, goal)},
        f"{view}-region": lambda: VIEWS[view](request, person, goal),
    }
    if region in REGIONS and region in parts:
        return render(request, REGIONS[region], {**context, **parts[region]()})
    for part in parts.values():
        context |= part()
    return render(request, "flows/page.html", context | _frame(person, goal, view))


def _view(request: HttpRequest) -> str:
    """The view that was asked for; phones begin with the tree."""
    asked = request.GET.get("as", "")
    if asked in VIEWS:
        return asked
    return "tree" if request.headers.get("Sec-CH-UA-Mobile") == "?1" else "flow"


def goal_context(goal: Goal) -> dict[str, Any]:
    """A goal as the head of its pages names it."""
    return {
        "id": str(goal.pk),
        "short_id": str(goal.pk)[-8:],
        "title": goal.title,
        "objective": goal.objective,
        "state": goal.state,
        "url": flow_address(goal.pk),
    }


def _frame(person: Person, goal: Goal, view: str) -> dict[str, Any]:
    readable = readable_keys(person)
    return {
        "section": "flows",
        "flows_url": reverse("flows"),
        "tabs": flow_views.tabs(view, lambda name: flow_address(goal.pk, **{"as": name})),
        "acts": goal_queries.acts(person, goal),
        "principles": [standing(one, readable) for one in principles_for(goal.scope)],
    }


def _strip(person: Person, goal: Goal) -> dict[str, Any]:
    figures = flows.summary(person, goal)
    return flow_views.strip(goal, figures, goal_queries.caps(goal), timezone.now())


def _inspector(request: HttpRequest, person: Person, goal: Goal, view: str) -> dict[str, Any]:
    key = request.GET.get("step", "")
    # a flow opens on what waits for a person, unless the address names a step
    waiting = None if key else steps.waiting_step(person, goal.pk)
    step = steps.find_step(person, key, goal.pk) if key else waiting
    if step is None:
        return {"step": None, "selected": "", "missing": bool(key)}
    story = steps.step_story(person, step)
    return {"step": inspector.inspect(story, step_links(view)), "selected": str(step.pk)}


def _flow(_: HttpRequest, person: Person, goal: Goal) -> dict[str, Any]:
    rows = flows.flow_rows(person, goal)
    graph = flow_graph(rows, step_address(goal.pk, "flow"), timezone.now())
    log_url = flow_address(goal.pk, **{"as": "log"})
    return {"flow": graph, "earlier": rows.earlier, "log_url": log_url}


def _tree(request: HttpRequest, person: Person, goal: Goal) -> dict[str, Any]:
    page = Paginator(flows.root_tasks(person, goal), TASKS_A_PAGE)
    shown = page.get_page(request.GET.get("page"))
    tasks, taken = flows.branches(person, goal, list(shown))
    drawn = flow_views.tree(tasks, taken, step_address(goal.pk, "tree"), task_address)
    return {"tree": drawn, "page": shown}


def _timeline(request: HttpRequest, person: Person, goal: Goal) -> dict[str, Any]:
    page = _page_of_steps(request, person, goal)
    span = (goal.created_at, goal.closed_at or timezone.now())
    drawn = flow_views.timeline(list(page), span, step_address(goal.pk, "timeline"))
    return {"timeline": drawn, "page": page}


def _log(request: HttpRequest, person: Person, goal: Goal) -> dict[str, Any]:
    page = _page_of_steps(request, person, goal)
    rows = flow_views.log(list(page), page.start_index(), step_address(goal.pk, "log"))
    return {"log": rows, "page": page}


def _page_of_steps(request: HttpRequest, person: Person, goal: Goal) -> Any:
    pages = Paginator(flows.steps_of(person, goal), STEPS_A_PAGE)
    usual = 1 if goal.closed_at else pages.num_pages
    return pages.get_page(request.GET.get("page", usual))


VIEWS: dict[str, Callable[[HttpRequest, Person, Goal], dict[str, Any]]] = {
    "flow": _flow,
    "tree": _tree,
    "timeline": _timeline,
    "log": _log,
}
