"""Accounts of outside auditors, and the units an admin may give them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.http import Http404

from orchestration.access.roles import scopes_for
from orchestration.models import Membership, Person, Unit
from orchestration.models.base import within
from orchestration.vocabulary import Role


def accounts(admin: Person) -> list[Membership]:
    """Auditors of the units that the admin administers, those that end last first."""
    found = Membership.objects.filter(_administered(admin), role=Role.AUDITOR)
    return list(found.select_related("person", "unit").order_by("-person__ends_at"))


def auditor(admin: Person, key: UUID) -> Person:
    """One of them, or 404."""
    found = Membership.objects.filter(_administered(admin), role=Role.AUDITOR, person=key)
    membership = found.select_related("person").first()
    if membership is None:
        raise Http404("no such auditor, or not of your units")
    return membership.person


def units(admin: Person) -> list[Unit]:
    """Units that the admin may let an auditor read."""
    paths = scopes_for(admin, Role.ADMIN)
    return list(Unit.objects.filter(within(paths)).order_by("scope"))


def unit(admin: Person, scope: str) -> Unit:
    """One of them, or 404."""
    for one in units(admin):
        if one.scope == scope:
            return one
    raise Http404("no such unit, or you do not administer it")


def _administered(admin: Person) -> Q:
    return within(scopes_for(admin, Role.ADMIN), "unit__scope")
