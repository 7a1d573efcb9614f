"""Roles that people hold in units. A role in a unit holds for all units below it."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from orchestration.errors import NotAllowed
from orchestration.models import Membership, Person, Unit
from orchestration.vocabulary import Role

READING = frozenset(Role)
"""Every role may look at the rows of its units; at which pages, the console's access table says."""


def roles_in(person: Person, scope: str) -> set[str]:
    """The roles a person holds in a unit, directly or from a unit above it."""
    if not person.is_admitted:
        return set()
    memberships = _memberships(person)
    return {role for path, role in memberships if scope == path or scope.startswith(f"{path}/")}


def scopes_for(person: Person, *roles: Role) -> list[str]:
    """Paths of the units in which a person holds one of these roles."""
    if not person.is_admitted:
        return []
    wanted = {role.value for role in roles}
    return sorted({path for path, role in _memberships(person) if role in wanted})


def ledger_scopes(person: Person) -> list[str]:
    """The units whose ledger entries a person may read; `[""]` stands for everything there is.

    A person reads the entries of units in which they hold a role. Entries of no unit that do not
    bind every unit (keys, holds, erasures, exports) are for those who review or administer all of
    the installation: they hold one of these roles in each unit that has none above it.
    """
    if not person.is_admitted:
        return []
    mine = scopes_for(person, Role.REVIEWER, Role.ADMIN)
    if mine:
        tops = Unit.objects.filter(parent__isnull=True).values_list("scope", flat=True)
        if set(tops) <= set(mine):
            return [""]
    return scopes_for(person, *READING)


def holds(person: Person, scope: str, *roles: Role) -> bool:
    """Whether a person holds one of these roles in a unit."""
    return bool(roles_in(person, scope) & {role.value for role in roles})


def require(person: Person, scope: str, *roles: Role) -> None:
    """Raise NotAllowed unless the person holds one of these roles in a unit."""
    if not holds(person, scope, *roles):
        wanted = " or ".join(role.value for role in roles)
        raise NotAllowed(f"This needs the role {wanted} in {scope or 'the whole installation'}.")


def all_roles(person: Person) -> set[str]:
    """The roles a person holds anywhere."""
    return {role for _, role in _memberships(person)} if person.is_admitted else set()


def _memberships(person: Person) -> list[tuple[str, str]]:
    """(path, role) pairs, read once for each request's person object."""
    known: list[tuple[str, str]] | None = getattr(person, "_memberships_read", None)
    if known is None:
        rows = Membership.objects.filter(person_id=person.pk).values_list("unit__scope", "role")
        known = list(rows)
        person._memberships_read = known  # type: ignore[attr-defined]
    return known


def people_with_role(role: str, scope: str) -> list[Person]:
    """Active people who hold a role in a unit, directly or from above."""
    paths = _self_and_above(scope)
    people = Person.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now()),
        is_active=True,
        memberships__role=role,
        memberships__unit__scope__in=paths,
    )
    return list(people.distinct().order_by("username"))


def _self_and_above(scope: str) -> list[str]:
    parts = scope.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
