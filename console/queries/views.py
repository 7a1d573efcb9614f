"""Saved views of the ledger that a person may open: their own, and those shared in their units."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from orchestration.access.roles import READING, scopes_for
from orchestration.models import Person, SavedView
from orchestration.models.base import within


def views_for(person: Person) -> QuerySet[SavedView]:
    """Views by name, without those that were removed."""
    shared = Q(shared=True) & (within(scopes_for(person, *READING)) | _above(person))
    return SavedView.objects.filter(removed_at__isnull=True).filter(Q(owner=person) | shared)


def _above(person: Person) -> Q:
    """Units above those the person reads: what is shared there is meant for them as well."""
    paths = set()
    for scope in scopes_for(person, *READING):
        parts = scope.split("/")
        paths |= {"/".join(parts[:count]) for count in range(1, len(parts))}
    return Q(scope__in=paths)


def view_of(person: Person, key: UUID) -> SavedView | None:
    """One view the person may open; None if there is none."""
    return views_for(person).select_related("owner").filter(pk=key).first()
