"""Accounts of outside auditors: who reads which unit until when; admitting one, ending one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from console.forms.auditors import ActForm, AdmitForm
from console.presenters import auditors as shown
from console.queries import auditors as found
from console.requests import person_of
from orchestration.errors import InvalidInput
from orchestration.models import Person
from orchestration.operations import auditors as operations

USUAL = timedelta(days=14)


@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The accounts, and the form for another one."""
    return _page(request, person_of(request), None)


@require_POST
@never_cache
@sensitive_variables("made")
def admit(request: HttpRequest) -> HttpResponse:
    """Create an account and show its password, this once."""
    form = AdmitForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(*_problems(form))
    person, said = person_of(request), form.cleaned_data
    unit = found.unit(person, said.pop("scope"))
    made = operations.admit_auditor(**said, unit=unit, person=person)
    return _page(request, person, {"username": made.person.username, "password": made.password})


@require_POST
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """End an account at once, or move its end."""
    person = person_of(request)
    auditor = found.auditor(person, key)
    form = ActForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(*_problems(form))
    said = form.cleaned_data
    if said["act"] == "revoke":
        if not said["reason"]:
            raise InvalidInput("say why the account ends")
        operations.revoke_auditor(auditor=auditor, reason=said["reason"], person=person)
        messages.success(request, "The account has ended, and its open sessions with it.")
    else:
        if said["ends_at"] is None:
            raise InvalidInput("say when the account ends")
        operations.move_end(auditor=auditor, ends_at=said["ends_at"], person=person)
        messages.success(request, "The account has another end.")
    return redirect("auditors")


def _page(request: HttpRequest, person: Person, made: dict[str, str] | None) -> HttpResponse:
    context: dict[str, Any] = {
        "section": "ledger",
        "accounts": shown.rows(found.accounts(person)),
        "units": found.units(person),
        "usual": timezone.now() + USUAL,
        "made": made,
    }
    return render(request, "auditors/page.html", context)


def _problems(form: AdmitForm | ActForm) -> list[str]:
    return [f"{name}: {said}" for name, errors in form.errors.items() for said in errors]
