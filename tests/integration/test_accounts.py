"""The demo accounts: made once, renewed on request, never kept in clear."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from audit.models import Entry
from console.accounts import (
    ACCOUNTS,
    install_demo,
    make_missing_accounts,
    new_password,
    renew_accounts,
)
from orchestration.models import Agent, Membership, Person

pytestmark = pytest.mark.django_db


def test_each_account_can_sign_in_with_the_password_that_was_shown() -> None:
    made = make_missing_accounts()
    assert list(made) == [account.username for account in ACCOUNTS]
    for username, password in made.items():
        assert authenticate(username=username, password=password) is not None


def test_each_account_holds_its_role_in_the_demo_unit() -> None:
    make_missing_accounts()
    held = Membership.objects.values_list("person__username", "role", "unit__scope")
    assert set(held) == {(account.username, account.role, "demo") for account in ACCOUNTS}


def test_making_them_again_changes_no_password() -> None:
    made = make_missing_accounts()
    assert make_missing_accounts() == {}
    assert authenticate(username="operator", password=made["operator"]) is not None


def test_only_the_missing_one_is_made() -> None:
    make_missing_accounts()
    Membership.objects.filter(person__username="viewer").delete()
    Person.objects.filter(username="viewer").delete()
    assert list(make_missing_accounts()) == ["viewer"]


def test_renewed_passwords_replace_the_old_ones() -> None:
    old = make_missing_accounts()
    new = renew_accounts()
    assert list(new) == list(old)
    assert authenticate(username="admin-1", password=old["admin-1"]) is None
    assert authenticate(username="admin-1", password=new["admin-1"]) is not None


def test_the_demo_has_its_fleet_owned_by_an_admin_and_is_installed_once() -> None:
    assert list(install_demo()) == [account.username for account in ACCOUNTS]
    agents = list(Agent.objects.select_related("owner", "current"))
    assert len(agents) > 5
    assert {agent.owner.username for agent in agents} == {"admin-1"}
    entries = Entry.objects.count()
    assert install_demo() == {}
    assert Entry.objects.count() == entries


def test_the_command_prints_a_line_for_each() -> None:
    output = StringIO()
    call_command("accounts", stdout=output)
    shown = dict(line.split() for line in output.getvalue().splitlines())
    assert authenticate(username="reviewer", password=shown["reviewer"]) is not None


def test_the_database_and_the_ledger_hold_no_password() -> None:
    made = renew_accounts()
    hashes = set(Person.objects.values_list("password", flat=True))
    assert {text.split("$")[0] for text in hashes} == {"argon2"}
    bodies = " ".join(Entry.objects.values_list("body", flat=True))
    assert not any(password in bodies for password in made.values())


def test_passwords_differ_and_avoid_letters_that_look_alike() -> None:
    drawn = [new_password() for _ in range(200)]
    assert len(set(drawn)) == 200
    assert not set("".join(drawn)) & set("il1o0")
