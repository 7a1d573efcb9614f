"""Signing in and out. Both are written to the ledger, failed tries too, and tries are limited."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from console.requests import person_of
from orchestration.errors import NotAllowed
from orchestration.models import Person
from orchestration.operations.visits import (
    Caller,
    check_limit,
    note_failed_sign_in,
    note_sign_in,
    note_sign_out,
)


@method_decorator([login_not_required, never_cache], name="dispatch")
@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SignIn(View):
    """The form, and what becomes of it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form; who is signed in already goes on."""
        if request.user.is_authenticated:
            return redirect(_next(request))
        return _form(request, AuthenticationForm(request), 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in and go on, or say what is wrong; 429 when too many tries failed."""
        form = AuthenticationForm(request, data=request.POST)
        caller = Caller(request.POST.get("username", ""), request.META.get("REMOTE_ADDR", ""))
        try:
            check_limit(caller)
        except NotAllowed as refusal:
            form = AuthenticationForm(request)
            return _form(request, form, 429, str(refusal))
        person = form.get_user() if form.is_valid() else None
        if not isinstance(person, Person):
            note_failed_sign_in(caller)
            return _form(request, form, 200)
        login(request, person)
        note_sign_in(person=person, caller=caller)
        return redirect(_next(request))


def _form(
    request: HttpRequest, form: AuthenticationForm, status: int, refusal: str = ""
) -> HttpResponse:
    context = {"form": form, "next": _asked_for(request), "refusal": refusal}
    return render(request, "registration/login.html", context, status=status)


def _asked_for(request: HttpRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""


def _next(request: HttpRequest) -> str:
    """Where to go on: what was asked for, if it is one of our own pages."""
    wanted = _asked_for(request)
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and show the sign-in page's farewell."""
    note_sign_out(person=person_of(request))
    logout(request)
    return render(request, "registration/logged_out.html")
