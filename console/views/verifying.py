"""Verification of the whole ledger: how it stands, and runs as jobs with their reports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from console.presenters import verifying as shown
from console.presenters.ledger import address as entry_address
from console.queries import verifying as found
from console.queries.shell import seal as whole_seal
from console.regions import live_for, region_of
from console.requests import person_of
from console.shell import may_act
from orchestration.models import Person, Verification
from orchestration.operations.verifying import cancel_verification, request_verification


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """How the ledger stands, and the run that `?run=` names or else the newest one."""
    feed = live_for(request, "ledger")
    person = person_of(request)
    now = timezone.now()
    chosen = _chosen(request.GET.get("run", ""))
    context: dict[str, Any] = {
        "section": "ledger",
        "live": feed,
        "run": shown.run(chosen, now, _address(str(chosen.pk))) if chosen else None,
        "report": _report(person, chosen) if chosen else None,
        "may_verify": may_act(person, "verify-start"),
    }
    if region_of(request) != "run":
        context |= _standing() | {"runs": shown.rows(found.runs(), now, _address)}
    return render(request, "ledger/verify.html", context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Have the whole ledger verified."""
    run = request_verification(person=person_of(request))
    return redirect(_address(str(run.pk)))


@require_POST
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    """End a run without a result."""
    run = found.run_of(key)
    if run is None:
        raise Http404("no such verification")
    cancel_verification(verification=run, person=person_of(request))
    messages.success(request, "The verification is cancelled; what it had checked says nothing.")
    return redirect(_address(str(run.pk)))


def _address(key: str) -> str:
    return f"{reverse('verify')}?run={key}"


def _chosen(key: str) -> Verification | None:
    if not key:
        return found.under_way() or next(iter(found.runs()), None)
    try:
        run = found.run_of(UUID(key))
    except ValueError as error:
        raise Http404("no such verification") from error
    if run is None:
        raise Http404("no such verification")
    return run


def _report(person: Person, run: Verification) -> dict[str, Any] | None:
    whole = found.report_of(run)
    if whole is None:
        return None
    seen = found.visible_entries(person, [fault["entry"] for fault in whole["faults"]])
    return shown.report(whole, seen, lambda entry: entry_address(sel=entry))


def _standing() -> dict[str, Any]:
    standing = found.standing()
    seal = whole_seal()
    return {
        "facts": shown.facts(standing, timezone.now()),
        "seal_tone": shown.tone(seal.colour),
        "seal_text": seal.summary[:1].upper() + seal.summary[1:],
        "advice": standing.seal.advice,
        "witnesses": [shown.witness(one) for one in standing.seal.witnesses],
        "key": standing.key,
        "heads": [shown.checkpoint(one) for one in standing.heads],
    }
