"""Middleware: the access table at the door, and refusals of operations said to people in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from console.access_table import ACCESS, may_enter
from console.requests import note_refused, refuse
from orchestration.access.roles import all_roles
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed, StaleWrite
from orchestration.models import Person

logger = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], HttpResponseBase]


class AccessMiddleware:
    """Lets a request pass only if the access table has a row for it that fits the person."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; the check itself happens when the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Raise PermissionDenied unless the person may ask for this address."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        who = ACCESS.get(name)
        if who is None:
            logger.error("address without a row in the access table", name=name)
        person = request.user if isinstance(request.user, Person) else None
        roles = all_roles(person) if person else set()
        if not may_enter(who, signed_in=person is not None, roles=roles):
            note_refused(request, "the role for this address is missing")
            raise PermissionDenied


class RefusalMiddleware:
    """Turns what operations refuse into pages: 403, 409 and 422, each with its reason."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; exceptions of views come to process_exception."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for a refusal; None for other exceptions, which are faults."""
        if isinstance(error, NotAllowed):
            note_refused(request, str(error))
            return refuse(request, "You may not do this", [str(error)], 403)
        if isinstance(error, IllegalTransition | StaleWrite):
            return refuse(request, "Somebody was first", [str(error)], 409)
        if isinstance(error, InvalidInput):
            return refuse(request, "This can't be accepted", error.problems, 422)
        return None
