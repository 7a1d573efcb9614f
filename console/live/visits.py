"""Who is at the other end of a live connection, and whether the page that opened it is ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from console.live.address import PATH, Asked, asked
from orchestration.models import Person

Scope = Mapping[str, Any]


@dataclass(frozen=True)
class Visit:
    """A live connection: the session it belongs to and what its page asked for."""

    session: str
    asked: Asked

    def person(self) -> Person | None:
        """Who is signed in with the session at this moment, with the roles of this moment."""
        request = HttpRequest()
        request.session = SessionStore(self.session)
        person = get_user(request)
        return person if isinstance(person, Person) and person.is_active else None


def visit_of(scope: Scope) -> Visit | None:
    """The visit a connection belongs to; None if it comes from a page that is not ours."""
    wanted = asked(scope["query_string"].decode("latin1"))
    session = _session(scope)
    if scope["path"] != f"/{PATH}" or not is_own_page(scope):
        return None
    if wanted is None or session is None:
        return None
    return Visit(session, wanted)


def is_own_page(scope: Scope) -> bool:
    """Whether the page that opens the connection was served from the address it is opened at.

    Cookies are sent along from any port of a host, so the port has to agree as well.
    """
    origin = _header(scope, b"origin")
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc == _header(scope, b"host") or origin in settings.CSRF_TRUSTED_ORIGINS


def _session(scope: Scope) -> str | None:
    try:
        cookie = SimpleCookie(_header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return cookie.value if cookie else None


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin1") for key, value in scope["headers"] if key == name), "")
