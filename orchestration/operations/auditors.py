"""Accounts of outside auditors: they read the audit pages of one unit, until a day that is set.

The end needs no act: the account is looked at for it at sign-in and with every request of an open
session. The sweep only writes down afterwards that it has come.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from audit import ledger, payloads
from orchestration.access.roles import holds
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed
from orchestration.models import Membership, Person, Unit
from orchestration.operations.changes import SYSTEM, change, create
from orchestration.operations.people import actor_for, grant_role
from orchestration.vocabulary import Role

LONGEST = timedelta(days=366)
"""No account of an auditor lasts longer than this from now."""

MOST_AT_ONCE = 200
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 20


@dataclass(frozen=True)
class Admitted:
    """A new account and its password, which is kept nowhere but here."""

    person: Person
    password: str


def admit_auditor(
    *, username: str, display_name: str, unit: Unit, ends_at: datetime, person: Person
) -> Admitted:
    """Create an account that may read the audit pages of one unit until a moment.

    Raises:
        NotAllowed: the person is no admin of the unit.
        InvalidInput: the name is taken, or the end is past or more than a year away.
    """
    _require_admin(person, unit.scope)
    _check_end(ends_at)
    password = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
    actor = actor_for(person)
    with ledger.transaction():
        if Person.objects.filter(username=username).exists():
            raise InvalidInput(f"the name {username!r} is taken")
        auditor = Person(username=username, display_name=display_name, ends_at=ends_at)
        auditor.password = make_password(password)
        create(auditor, "auditor.admitted", actor, scope=unit.scope)
        grant_role(person=auditor, unit=unit, role=Role.AUDITOR, actor=actor)
    return Admitted(auditor, password)


def move_end(*, auditor: Person, ends_at: datetime, person: Person) -> None:
    """Give an auditor's account another end; errors as in `admit_auditor`.

    Raises IllegalTransition when it has ended already.
    """
    scope = _scope_of(auditor)
    _require_admin(person, scope)
    _check_end(ends_at)
    with ledger.transaction():
        _refuse_ended(auditor)
        said = {"scope": scope}
        change(auditor, "auditor.end_moved", actor_for(person), entry=said, ends_at=ends_at)


def revoke_auditor(*, auditor: Person, reason: str, person: Person) -> None:
    """End an auditor's account at once; open sessions end with their next request.

    Raises NotAllowed, IllegalTransition when it has ended already.
    """
    scope = _scope_of(auditor)
    _require_admin(person, scope)
    with ledger.transaction():
        _refuse_ended(auditor)
        said = {"scope": scope, "payload": payloads.store({"reason": reason})}
        change(auditor, "auditor.revoked", actor_for(person), entry=said, is_active=False)


def note_ended_accounts() -> int:
    """Write down that the time of accounts has run out; returns how many. Nobody waits for this."""
    due = Person.objects.filter(is_active=True, ends_at__lte=timezone.now()).order_by("ends_at")
    return sum(_note_end(auditor.pk) for auditor in due[:MOST_AT_ONCE])


def _note_end(key: UUID) -> bool:
    with ledger.transaction():
        auditor = Person.objects.select_for_update().get(pk=key)
        if not auditor.is_active or auditor.is_admitted:
            return False
        said = {"scope": _scope_of(auditor)}
        change(auditor, "auditor.ended", SYSTEM, entry=said, is_active=False)
        return True


def _scope_of(auditor: Person) -> str:
    """The unit an auditor reads; InvalidInput for anybody else."""
    found = Membership.objects.filter(person=auditor, role=Role.AUDITOR).select_related("unit")
    membership = found.first()
    if membership is None:
        raise InvalidInput(f"{auditor} is no outside auditor")
    return membership.unit.scope


def _require_admin(person: Person, scope: str) -> None:
    if not holds(person, scope, Role.ADMIN):
        raise NotAllowed(f"This needs the role admin in {scope}.")


def _check_end(ends_at: datetime) -> None:
    now = timezone.now()
    if not now < ends_at <= now + LONGEST:
        raise InvalidInput("the end must lie ahead, and at most a year")


def _refuse_ended(auditor: Person) -> None:
    if not auditor.is_admitted:
        raise IllegalTransition("This account has ended already.")
