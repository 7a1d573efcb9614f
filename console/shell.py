"""Context processor: the frame of every page for somebody who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from console.access_table import ACCESS, may_enter
from console.presenters import shell as frame
from console.queries import shell as queries
from console.requests import wants_part
from orchestration.access.roles import all_roles
from orchestration.models import Person


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell` for templates/base.html, read from the database only where a template uses it."""
    user = getattr(request, "user", None)
    if not isinstance(user, Person) or wants_part(request):
        return {}
    return {"shell": SimpleLazyObject(lambda: frame_for(user, request.get_host()))}


def frame_for(person: Person, host: str) -> dict[str, Any]:
    """Navigation with true counts, the seal, and who is signed in to which host."""
    roles = all_roles(person)
    return {
        "install": host,
        "palette_url": reverse("palette") if sees(roles)("palette") else "",
        "sign_out_url": reverse("logout"),
        "person": {
            "name": str(person),
            "initials": frame.initials(str(person)),
            "role": frame.role_label(roles),
        },
        "seal": seal_for(roles),
        "audit": frame.section_tabs(frame.AUDIT, reverse, sees(roles)),
        "policies": frame.section_tabs(frame.POLICIES, reverse, sees(roles)),
        "nav": frame.navigation(reverse, sees(roles), queries.counts(person)),
    }


def seal_for(roles: set[str]) -> dict[str, str]:
    """The ledger's seal; it leads to what was checked, or to the ledger for who may not verify."""
    url = reverse("verify" if sees(roles)("verify") else "ledger")
    return frame.seal_context(queries.seal(), timezone.now(), url)


def sees(roles: set[str]) -> Callable[[str], bool]:
    """Whether somebody with these roles may ask for the address of a name."""
    return lambda name: may_enter(ACCESS.get(name), signed_in=True, roles=roles)


def may_act(person: Person, name: str) -> bool:
    """Whether the access table lets a person ask for the address of a name."""
    return sees(all_roles(person))(name)
