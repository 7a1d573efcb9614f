"""Drafts, bundles, replays and notices as one person may see them.

As in `rows`: every screen about rules starts from here. Rules that bind a unit can be read by who
holds a role in it, so drafts of the units above one can be read as well.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from orchestration.access.governing import EVERYWHERE, may_review
from orchestration.access.roles import READING, scopes_for
from orchestration.access.rows import policies_for
from orchestration.models import Bundle, Notice, Person, PolicyDraft, PolicyReplay
from orchestration.models.base import within

Row = TypeVar("Row", bound=Model)


def drafts_for(person: Person) -> QuerySet[PolicyDraft]:
    """Drafts of policies that bind the person's units."""
    return PolicyDraft.objects.filter(_binding(person)).select_related("author", "reviewer")


def replays_for(person: Person) -> QuerySet[PolicyReplay]:
    """Replays over the steps of the person's units; none that also looked at others."""
    condition = within(scopes_for(person, *READING))
    if may_review(person, EVERYWHERE):
        condition |= Q(scope=EVERYWHERE)
    return PolicyReplay.objects.filter(condition).select_related("draft", "requested_by")


def bundles_for(person: Person) -> QuerySet[Bundle]:
    """Every bundle that was ever in force, for those who hold a role; texts by `readable_keys`."""
    if not scopes_for(person, *READING):
        return Bundle.objects.none()
    return Bundle.objects.select_related("publisher")


def readable_keys(person: Person) -> frozenset[str]:
    """Keys of the policies whose texts the person may read."""
    return frozenset(policies_for(person).values_list("key", flat=True))


def notices_for(person: Person) -> QuerySet[Notice]:
    """What policies told people of a role that the person holds in the unit; newest first."""
    condition = Q(pk__in=[])
    for role in READING:
        scopes = scopes_for(person, role)
        if scopes:
            condition |= Q(role=role.value) & within(scopes)
    return Notice.objects.filter(condition)


def get_draft_for(person: Person, key: UUID | str) -> PolicyDraft:
    """One draft, or 404."""
    return _one(drafts_for(person), pk=key)


def get_replay_for(person: Person, key: UUID | str) -> PolicyReplay:
    """One replay, or 404."""
    return _one(replays_for(person), pk=key)


def get_bundle_for(person: Person, number: int) -> Bundle:
    """One bundle by its number, or 404."""
    return _one(bundles_for(person), number=number)


def _binding(person: Person) -> Q:
    paths = scopes_for(person, *READING)
    above = {path[:at] for path in paths for at in range(len(path) + 1) if path[at : at + 1] == "/"}
    everywhere = Q(scope="") if paths else Q(pk__in=[])
    return within(paths) | Q(scope__in=above) | everywhere


def _one(rows: QuerySet[Row], **key: object) -> Row:
    try:
        found = rows.filter(**key).first()
    except (ValueError, ValidationError):
        found = None
    if found is None:
        raise Http404("no such thing, or it is not in your units")
    return found
