"""Units, people and the roles they hold."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from audit import ledger
from audit.entries import Actor
from orchestration.errors import InvalidInput
from orchestration.models import Membership, Person, Unit
from orchestration.operations.changes import change, create, record
from orchestration.vocabulary import Role


def actor_for(person: Person) -> Actor:
    """How the ledger names a person."""
    return Actor("person", str(person.pk), str(person))


def open_unit(*, scope: str, name: str, kind: str, actor: Actor) -> Unit:
    """Create a unit at a path whose parent exists, or return the unit that is there already.

    Raises InvalidInput when the parent is missing.
    """
    with ledger.transaction():
        found = Unit.objects.filter(scope=scope).first()
        if found is not None:
            return found
        parent = None
        if "/" in scope:
            parent = Unit.objects.filter(scope=scope.rpartition("/")[0]).first()
            if parent is None:
                raise InvalidInput(f"unit {scope}: the unit above it does not exist")
        unit = Unit(scope=scope, name=name, kind=kind, parent=parent)
        return create(unit, "unit.opened", actor)


def admit_person(
    *, username: str, display_name: str, password: str, scope: str, actor: Actor
) -> Person:
    """Create an account; `scope` says where the ledger files it."""
    with ledger.transaction():
        if Person.objects.filter(username=username).exists():
            raise InvalidInput(f"the name {username!r} is taken")
        person = Person(username=username, display_name=display_name)
        person.password = make_password(password)
        return create(person, "person.admitted", actor, scope=scope)


def set_password(*, person: Person, password: str, scope: str, actor: Actor) -> None:
    """Give a person another password; the ledger says that, never which."""
    with ledger.transaction():
        change(
            person,
            "person.password_set",
            actor,
            entry={"scope": scope},
            password=make_password(password),
        )


def grant_role(*, person: Person, unit: Unit, role: Role, actor: Actor) -> Membership:
    """Give a person a role in a unit; giving it twice changes nothing.

    Raises InvalidInput for another role, or the role in another unit, of an outside auditor.
    """
    with ledger.transaction():
        _keep_auditors_apart(person, unit, role)
        membership, created = Membership.objects.get_or_create(
            person=person, unit=unit, role=role.value
        )
        if created:
            record(
                "role.granted",
                person,
                actor,
                scope=unit.scope,
                revision=None,
                data={"unit": unit.scope, "role": role.value},
            )
        return membership


def _keep_auditors_apart(person: Person, unit: Unit, role: Role) -> None:
    held = Membership.objects.filter(person=person).exclude(unit=unit, role=role.value)
    if held.filter(role=Role.AUDITOR).exists() or (role == Role.AUDITOR and held.exists()):
        raise InvalidInput("an outside auditor reads one unit, and holds no other role")


def withdraw_role(*, person: Person, unit: Unit, role: Role, actor: Actor) -> None:
    """Take a role away from a person."""
    with ledger.transaction():
        gone, _ = Membership.objects.filter(person=person, unit=unit, role=role.value).delete()
        if gone:
            record(
                "role.withdrawn",
                person,
                actor,
                scope=unit.scope,
                revision=None,
                data={"unit": unit.scope, "role": role.value},
            )
