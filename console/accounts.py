"""The demo accounts: one person for each part somebody can play, made at the first start.

Passwords are random and shown once; the database keeps a hash.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db.models import QuerySet

from orchestration.blueprints.installing import blueprints, install_blueprint
from orchestration.models import Person, Unit
from orchestration.operations.changes import SYSTEM
from orchestration.operations.people import admit_person, grant_role, open_unit, set_password
from orchestration.vocabulary import Role

UNIT = "demo"
FLEET_OWNER = "admin-1"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


@dataclass(frozen=True)
class DemoAccount:
    """A person of the demo unit."""

    username: str
    display_name: str
    role: Role


ACCOUNTS = (
    DemoAccount("operator", "Otto Operator", Role.OPERATOR),
    DemoAccount("reviewer", "Rita Reviewer", Role.REVIEWER),
    DemoAccount("viewer", "Vera Viewer", Role.VIEWER),
    DemoAccount("approver-1", "Anna Approver", Role.APPROVER),
    DemoAccount("approver-2", "Ben Approver", Role.APPROVER),
    DemoAccount("admin-1", "Ada Admin", Role.ADMIN),
    DemoAccount("admin-2", "Alan Admin", Role.ADMIN),
)


def make_missing_accounts() -> dict[str, str]:
    """Create the demo accounts that do not exist yet; returns their new passwords by name."""
    present = set(_present().values_list("username", flat=True))
    return {
        account.username: _admit(account) for account in ACCOUNTS if account.username not in present
    }


def install_demo() -> dict[str, str]:
    """Create the demo accounts and the fleets of all blueprints, as far as they are missing.

    The first admin owns the agents. Returns the passwords of new accounts by name.
    """
    made = make_missing_accounts()
    owner = Person.objects.get(username=FLEET_OWNER)
    for blueprint in blueprints():
        install_blueprint(blueprint, owner=owner)
    return made


def renew_accounts() -> dict[str, str]:
    """Give every demo account a new password, and create those missing; returns them by name."""
    made = make_missing_accounts()
    for person in _present():
        if person.username not in made:
            made[person.username] = new_password()
            set_password(person=person, password=made[person.username], scope=UNIT, actor=SYSTEM)
    return {account.username: made[account.username] for account in ACCOUNTS}


def new_password() -> str:
    """A random password of about 79 bits, without letters and digits that look alike."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def _present() -> QuerySet[Person]:
    return Person.objects.filter(username__in=[account.username for account in ACCOUNTS])


def _admit(account: DemoAccount) -> str:
    password = new_password()
    unit = open_unit(scope=UNIT, name="Demonstration", kind=Unit.Kind.ORGANISATION, actor=SYSTEM)
    person = admit_person(
        username=account.username,
        display_name=account.display_name,
        password=password,
        scope=UNIT,
        actor=SYSTEM,
    )
    grant_role(person=person, unit=unit, role=account.role, actor=SYSTEM)
    return password
