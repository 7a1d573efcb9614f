"""Searches of the ledger that people keep under a name: saving, changing and removing them."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import ledger
from orchestration.access.roles import READING, holds, scopes_for
from orchestration.errors import InvalidInput, NotAllowed
from orchestration.models import Person, SavedView
from orchestration.operations.changes import change, create
from orchestration.operations.people import actor_for

KIND = "saved_view"
LONGEST_LABEL = 80
LONGEST_QUERY = 2000


def save_view(*, person: Person, label: str, query: str, unit: str = "") -> SavedView:
    """Keep a search under a name.

    Args:
        query: the query string of the ledger's page.
        unit: whoever reads this unit finds the view too; without it only its owner does.

    Raises:
        InvalidInput: the name is empty, too long or taken by another of the person's views.
        NotAllowed: the person reads no unit, or not this one.
    """
    home = unit or next(iter(scopes_for(person, *READING)), "")
    if not home or not holds(person, home, *READING):
        raise NotAllowed("A view can be shared in a unit that you may read.")
    _check(label, query)
    view = SavedView(owner=person, label=label, query=query, scope=home, shared=bool(unit))
    try:
        with ledger.transaction(), transaction.atomic():
            return create(view, "view.saved", actor_for(person), subject_kind=KIND)
    except IntegrityError as error:
        raise _taken(label) from error


def change_view(*, view: SavedView, person: Person, label: str, query: str) -> SavedView:
    """Give a view another name or another search; only its owner may."""
    _require_owner(view, person)
    _check(label, query)
    try:
        with ledger.transaction(), transaction.atomic():
            return change(
                view,
                "view.changed",
                actor_for(person),
                entry={"subject_kind": KIND},
                label=label,
                query=query,
            )
    except IntegrityError as error:
        raise _taken(label) from error


def remove_view(*, view: SavedView, person: Person) -> SavedView:
    """Take a view away; only its owner may. Its name is free again."""
    _require_owner(view, person)
    with ledger.transaction():
        return change(
            view,
            "view.removed",
            actor_for(person),
            entry={"subject_kind": KIND},
            removed_at=timezone.now(),
        )


def _check(label: str, query: str) -> None:
    if not label.strip():
        raise InvalidInput("A view needs a name.")
    if len(label) > LONGEST_LABEL or len(query) > LONGEST_QUERY:
        raise InvalidInput(
            f"A name has at most {LONGEST_LABEL} characters, a search {LONGEST_QUERY}."
        )


def _taken(label: str) -> InvalidInput:
    return InvalidInput(f"You have a view called “{label}” already.")


def _require_owner(view: SavedView, person: Person) -> None:
    if view.owner_id != person.pk:
        raise NotAllowed("Only whoever saved a view may change or remove it.")
