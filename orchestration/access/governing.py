"""Who may change the rules: admins of the unit that keeps a policy, and who may look at drafts."""

from __future__ import annotations

from orchestration.access.roles import holds, scopes_for
from orchestration.models import Person, Unit
from orchestration.vocabulary import Role

EVERYWHERE = ""
"""The unit of policies that bind the whole installation."""


def may_govern(person: Person, scope: str) -> bool:
    """Whether a person may write and publish policies kept by a unit.

    What binds everywhere is for those who are admins of every unit that has none above it.
    """
    return _holds(person, scope, Role.ADMIN)


def may_review(person: Person, scope: str) -> bool:
    """Whether a person may review drafts of a unit: its admins and its compliance reviewers."""
    return _holds(person, scope, Role.ADMIN, Role.REVIEWER)


def governed_scopes(person: Person) -> list[str]:
    """The units for which a person may write policies, the installation first if it is among them.

    Units below one of these are not listed apart, though drafts may be made for them as well.
    """
    scopes = scopes_for(person, Role.ADMIN)
    return [EVERYWHERE, *scopes] if may_govern(person, EVERYWHERE) else scopes


def _holds(person: Person, scope: str, *roles: Role) -> bool:
    if scope != EVERYWHERE:
        return holds(person, scope, *roles)
    tops = set(Unit.objects.filter(parent__isnull=True).values_list("scope", flat=True))
    return bool(tops) and tops <= set(scopes_for(person, *roles))
