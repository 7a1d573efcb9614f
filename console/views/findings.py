"""Anomalies: the feed of findings, one finding, and what people decide about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.forms.findings import (
    HOURS,
    AssignForm,
    MuteForm,
    ReasonForm,
    RespondForm,
    ResponseForm,
)
from console.presenters import findings as shown
from console.queries import findings as found
from console.regions import live_for
from console.requests import person_of
from orchestration.access.roles import holds
from orchestration.access.rows import get_finding_for, units_for
from orchestration.detection.findings import About
from orchestration.detection.findings import Response as Kind
from orchestration.errors import InvalidInput
from orchestration.models import Finding, Person, Response
from orchestration.operations import findings as operations
from orchestration.operations import remedies, responding
from orchestration.operations.watching import detectors
from orchestration.vocabulary import Role

ABOUTS: Mapping[str, About] = {one.about.name: one.about for one in detectors()}

GROUPS = [("", "One list"), ("kind", "By kind"), ("goal", "By goal"), ("unit", "By unit")]


@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The feed: what stands, worst first, narrowed and grouped as asked."""
    feed = live_for(request, "anomalies")
    person = person_of(request)
    asked = _asked(request)
    page = found.page_of(found.listed(person, asked), request.GET.get("page"))
    names = found.names(found.agents_named(person, page.object_list))
    rows = [shown.row(one, names, ABOUTS) for one in page.object_list]
    by = request.GET.get("group", "")
    narrowed = any((asked.detector, asked.severity, asked.unit, asked.words))
    kinds = [(name, about.title) for name, about in sorted(ABOUTS.items())]
    paths = [(path, path) for path in units_for(person).values_list("scope", flat=True)]
    context = {
        "section": "anomalies",
        "live": feed,
        "tabs": shown.tabs(asked, found.counts(person)),
        "groups": shown.groups(rows, by),
        "page": page,
        "asked": asked,
        "kinds": shown.choices(kinds, asked.detector),
        "severities": shown.choices(shown.severity_options(), asked.severity),
        "units": shown.choices(paths, asked.unit),
        "groupings": shown.choices(GROUPS, by),
        "clear_url": reverse("anomalies") if narrowed else "",
    }
    return render(request, "anomalies/list.html", context)


def _asked(request: HttpRequest) -> found.Asked:
    given = request.GET
    state = given.get("state", "")
    return found.Asked(
        state=state if state in found.STATES else "standing",
        mine=given.get("mine") == "1",
        detector=given.get("kind", "")[:60],
        severity=given.get("severity", "")[:10],
        unit=given.get("unit", "")[:200],
        words=given.get("q", "")[:200],
    )


@require_GET
@never_cache
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """One finding: its evidence, why, what happened since, and what can be done."""
    feed = live_for(request, "anomalies")
    person = person_of(request)
    finding = get_finding_for(person, key)
    case = found.case(person, finding)
    about = ABOUTS.get(finding.detector)
    may_act = holds(person, finding.scope, Role.OPERATOR, Role.ADMIN)
    possible = [kind for kind in Kind if remedies.is_possible(finding, kind)] if may_act else []
    context = {
        "section": "anomalies",
        "live": feed,
        "finding": shown.head(case, about),
        "goal": finding.goal,
        "picture": shown.drawing(case),
        "timeline": shown.timeline(case),
        "options": shown.options(case, about, possible),
        "responses": shown.responses(case),
        "similar": shown.similar(case, ABOUTS),
        "similar_count": case.similar_count,
        "thresholds": about.thresholds if about else (),
        "acts": shown.acts(case, person, may_act=may_act),
        "mutes": HOURS.items(),
    }
    return render(request, "anomalies/page.html", context)


@require_POST
@never_cache
def act(request: HttpRequest, key: UUID, what: str) -> HttpResponse:
    """Carry out what a person decided about one finding."""
    person = person_of(request)
    finding = get_finding_for(person, key)
    if what not in ACTS:
        raise Http404("there is no such act")
    messages.success(request, ACTS[what](request, finding, person))
    return redirect("finding", key=finding.pk)


def _take(_request: HttpRequest, finding: Finding, person: Person) -> str:
    operations.acknowledge_finding(finding=finding, person=person)
    return "It is yours now."


def _assign(request: HttpRequest, finding: Finding, person: Person) -> str:
    said = _read(AssignForm(request.POST))
    to = found.able_person(finding, said["person"]) if said["person"] else None
    operations.assign_finding(finding=finding, to=to, person=person)
    return f"{to} sees to it now." if to else "Nobody sees to it now."


def _mute(request: HttpRequest, finding: Finding, person: Person) -> str:
    said = _read(MuteForm(request.POST))
    until = timezone.now() + timedelta(hours=int(said["hours"]))
    operations.mute_finding(finding=finding, until=until, person=person, reason=said["reason"])
    return f"Muted for {HOURS[said['hours']]}. It is counted on meanwhile."


def _resolve(request: HttpRequest, finding: Finding, person: Person) -> str:
    said = _read(ReasonForm(request.POST))
    operations.resolve_finding(finding=finding, person=person, reason=said["reason"])
    return "Resolved. The same cause found again opens a new finding."


def _reopen(_request: HttpRequest, finding: Finding, person: Person) -> str:
    operations.reopen_finding(finding=finding, person=person)
    return "It stands in the feed again."


def _respond(request: HttpRequest, finding: Finding, person: Person) -> str:
    said = _read(RespondForm(request.POST))
    made = responding.respond(
        finding=finding,
        kind=Kind(said["kind"]),
        person=person,
        choice=str(said["choice"] or ""),
    )
    return _told(made)


def _undo(request: HttpRequest, finding: Finding, person: Person) -> str:
    made = responding.undo_response(response=_response(request, finding), person=person)
    return f"Undone. {made.result}"


def _dismiss(request: HttpRequest, finding: Finding, person: Person) -> str:
    responding.dismiss_proposal(response=_response(request, finding), person=person)
    return "The proposal was dismissed."


def _carry_out(request: HttpRequest, finding: Finding, person: Person) -> str:
    made = responding.carry_out_proposal(response=_response(request, finding), person=person)
    return _told(made)


def _told(made: Response) -> str:
    if made.state == "denied":
        return f"Policies denied it, so it was not carried out: {'; '.join(made.reasons)}"
    return str(made.result) or f"It is {made.state}."


def _response(request: HttpRequest, finding: Finding) -> Response:
    said = _read(ResponseForm(request.POST))
    return get_object_or_404(finding.responses.select_related("finding"), pk=said["response"])


def _read(form: forms.Form) -> dict[str, str]:
    """What was typed. Raises InvalidInput with a sentence for each fault."""
    if not form.is_valid():
        faults = form.errors.items()
        raise InvalidInput(*(f"{name}: {said}" for name, errors in faults for said in errors))
    return form.cleaned_data


ACTS: Mapping[str, Callable[[HttpRequest, Finding, Person], str]] = {
    "take": _take,
    "assign": _assign,
    "mute": _mute,
    "resolve": _resolve,
    "reopen": _reopen,
    "respond": _respond,
    "undo": _undo,
    "dismiss": _dismiss,
    "carry-out": _carry_out,
}
