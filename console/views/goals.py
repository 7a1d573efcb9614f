"""Goals in the hands of an operator: start, pause, resume or cancel one, report an event to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from console.addresses import flow_address
from console.forms.acts import EventForm, ReasonForm
from console.forms.parameters import GoalForm
from console.presenters import composer, goals
from console.queries.goals import blueprint_of
from console.requests import person_of
from orchestration.access.roles import holds
from orchestration.access.rows import get_goal_for
from orchestration.blueprints.contract import Blueprint, EventSpec, GoalTemplate
from orchestration.blueprints.installing import (
    blueprints,
    is_installed,
    report_event,
    start_goal,
)
from orchestration.errors import InvalidInput
from orchestration.models import Goal, Person
from orchestration.operations.goals import cancel_goal, pause_goal, resume_goal
from orchestration.vocabulary import Role

OPERATORS = (Role.OPERATOR, Role.ADMIN)


@require_GET
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """The first template on offer, or a sentence when there is none."""
    person = person_of(request)
    for blueprint in blueprints():
        for template in blueprint.goal_templates:
            return _composer(request, person, (blueprint, template), GoalForm(template), 200)
    return render(request, "goals/none.html", {"section": "flows"})


@require_http_methods(["GET", "POST"])
@never_cache
def start(request: HttpRequest, blueprint: str, template: str) -> HttpResponse:
    """The form of one template; starting leads to the new goal's flow."""
    person = person_of(request)
    found = _template(blueprint, template)
    if request.method == "GET":
        return _composer(request, person, found, GoalForm(found[1]), 200)
    form = GoalForm(found[1], request.POST)
    if form.is_valid():
        try:
            goal = start_goal(
                *found,
                seed=form.cleaned_data["seed"],
                options=form.options(),
                requested_by=person,
            )
        except InvalidInput as error:
            for problem in error.problems:
                form.add_error(None, problem)
        else:
            messages.success(request, f"{goal.title} has started.")
            return redirect(flow_address(goal.pk))
    return _composer(request, person, found, form, 422)


def _template(blueprint: str, template: str) -> tuple[Blueprint, GoalTemplate]:
    for one in blueprints():
        found = one.template(template)
        if one.name == blueprint and found is not None:
            return one, found
    raise Http404("no such template")


def _composer(
    request: HttpRequest,
    person: Person,
    found: tuple[Blueprint, GoalTemplate],
    form: GoalForm,
    status: int,
) -> HttpResponse:
    blueprint, template = found
    context = {
        "section": "flows",
        "flows_url": reverse("flows"),
        "start_url": _start_address(blueprint.name, template.key),
        "templates": composer.offers(blueprints(), _start_address, (blueprint.name, template.key)),
        "template": composer.template_context(blueprint, template),
        "form": form,
        "installed": is_installed(blueprint),
        "blueprint": blueprint,
        "may_start": holds(person, template.unit, *OPERATORS),
    }
    return render(request, "goals/new.html", context, status=status)


def _start_address(blueprint: str, template: str) -> str:
    return reverse("goal-start", args=[blueprint, template])


@require_http_methods(["GET", "POST"])
@never_cache
def act(request: HttpRequest, key: UUID, act: str) -> HttpResponse:
    """Say what pausing, resuming or cancelling does and ask for the reason; then do it."""
    person = person_of(request)
    goal = get_goal_for(person, key)
    asked = goals.act_named(act)
    if asked is None:
        raise Http404("no such act")
    form = ReasonForm(_posted(request), needed=asked.needs_reason)
    if request.method == "POST" and form.is_valid():
        _do(asked.key, goal, person, form.cleaned_data["reason"])
        messages.success(request, DONE[asked.key].format(goal.title))
        return redirect(flow_address(goal.pk))
    context = _confirmation(goal, form) | {
        "title": f"{asked.label} {goal.title}",
        "will": [asked.effect, f"The goal is {goal.state}."],
        "button": asked.button,
        "icon": asked.icon,
        "danger": asked.danger,
        "possible": goal.state in asked.states,
    }
    return render(request, "goals/act.html", context, status=422 if form.is_bound else 200)


DONE = {
    "pause": "{} is paused.",
    "resume": "{} goes on.",
    "cancel": "{} is cancelled.",
}


def _do(act: str, goal: Goal, person: Person, reason: str) -> None:
    if act == "pause":
        pause_goal(goal=goal, reason=reason, person=person)
    elif act == "resume":
        resume_goal(goal=goal, person=person)
    else:
        cancel_goal(goal=goal, reason=reason, person=person)


@require_http_methods(["GET", "POST"])
@never_cache
def event(request: HttpRequest, key: UUID, event: str) -> HttpResponse:
    """Ask what happened, and let the goal plan anew what it touches."""
    person = person_of(request)
    goal = get_goal_for(person, key)
    spec = _event(goal, event)
    form = EventForm(spec.question, spec.choices, _posted(request))
    if request.method == "POST" and form.is_valid():
        task = report_event(
            goal=goal, key=spec.key, choice=form.cleaned_data["choice"], person=person
        )
        messages.success(request, f"Reported. {task.title} has begun for what it touches.")
        return redirect(flow_address(goal.pk))
    context = _confirmation(goal, form) | {
        "title": spec.title,
        "will": [
            "Tasks that depend on it and have not finished are cancelled, together with those that"
            " need them.",
            f"{goal.planner} plans anew only what it touches; everything else goes on.",
            "What was paid or booked already stays, unless the new plan undoes it.",
        ],
        "button": "Report it",
        "icon": "zap",
        "danger": False,
        "possible": goal.state == "running",
    }
    return render(request, "goals/act.html", context, status=422 if form.is_bound else 200)


def _event(goal: Goal, key: str) -> EventSpec:
    blueprint = blueprint_of(goal)
    found = blueprint.event(key) if blueprint else None
    if found is None:
        raise Http404("the goal's blueprint has no such event")
    return found


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _confirmation(goal: Goal, form: Any) -> dict[str, Any]:
    return {
        "section": "flows",
        "goal": goal,
        "form": form,
        "back": flow_address(goal.pk),
        "flows_url": reverse("flows"),
    }
