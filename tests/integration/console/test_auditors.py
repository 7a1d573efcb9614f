"""Outside auditors: one unit, the audit pages and nothing else, and an end that comes by itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from audit.models import Entry
from console.access_table import ACCESS, Door
from console.live.address import Asked
from console.live.visits import Visit
from orchestration.access.roles import holds, ledger_scopes, roles_in
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed
from orchestration.models import Person
from orchestration.operations import auditors
from orchestration.operations.changes import SYSTEM
from orchestration.operations.people import grant_role
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk, signed_in
from tests.integration.console.test_access import samples

OPEN_TO_AUDITORS = {
    *("home", "ledger", "flow", "decision", "logout", "login", "health"),
    *("exports", "export-take", "export-verifier", "reviews", "sample", "review"),
    *("access-report", "access-report-take", "controls", "controls-take"),
}
"""Addresses of this family and of the explorer; further pages of the audit section may join."""


@pytest.fixture
def admin(desk: Desk) -> Person:
    """The admin of the first organisation."""
    return desk.here[Role.ADMIN]


@pytest.fixture
def made(desk: Desk, admin: Person) -> auditors.Admitted:
    """An auditor of the first organisation, for a day."""
    return auditors.admit_auditor(
        username="ines",
        display_name="Ines Inspector",
        unit=desk.unit,
        ends_at=timezone.now() + timedelta(days=1),
        person=admin,
    )


def sign_in(made: auditors.Admitted) -> Client:
    """Sign in as people do, with name and password."""
    client = Client()
    said = {"username": made.person.username, "password": made.password}
    client.post(reverse("login"), said)
    return client


def addresses(known: dict[str, dict[str, Any]]) -> dict[str, str]:
    """An address for every row of the access table; of nothing there is, where none is known."""
    found = {}
    for name in sorted(ACCESS):
        for given in (known.get(name), {"key": uuid4()}, {"slug": "x"}, {"name": "x"}):
            with suppress(NoReverseMatch):
                found[name] = reverse(name, kwargs=given)
                break
    return found


def run_out(person: Person) -> None:
    """Let the time of an account run out, as if it had been a day later."""
    Person.objects.filter(pk=person.pk).update(ends_at=timezone.now() - timedelta(seconds=1))


def test_an_auditor_sees_the_audit_pages_of_the_unit_and_nothing_else(
    desk: Desk, made: auditors.Admitted
) -> None:
    approval = desk.hold_payment()
    known, client = samples(approval), sign_in(made)
    assert client.get("/", follow=True).redirect_chain[-1][0] == reverse("ledger")
    answers = {
        name: client.get(address).status_code
        for name, address in addresses(known).items()
        if name != "logout"
    }
    wanted = {
        name for name, who in ACCESS.items() if isinstance(who, Door) or Role.AUDITOR in who
    } - {"logout"}
    assert {name for name, status in answers.items() if status != 403} == wanted
    assert OPEN_TO_AUDITORS - {"logout"} <= wanted
    assert not wanted & {"overview", "flows", "agents", "approvals", "parked", "policies", "halts"}
    assert answers["ledger"] == answers["decision"] == answers["flow"] == 200


def test_an_auditor_changes_nothing(desk: Desk, made: auditors.Admitted) -> None:
    known, client = samples(desk.hold_payment()), sign_in(made)
    takes = {"export-take", "access-report-take", "controls-take", "logout", "login"}
    changed = [
        name
        for name, address in addresses(known).items()
        if name not in takes and client.post(address).status_code not in {403, 405, 404}
    ]
    assert [name for name in changed if not name.startswith("view")] == []


def test_the_other_organisation_is_not_there(desk: Desk, admin: Person) -> None:
    desk.hold_payment()
    elsewhere = auditors.admit_auditor(
        username="olga",
        display_name="Olga",
        unit=desk.other,
        ends_at=timezone.now() + timedelta(days=1),
        person=desk.there[Role.ADMIN],
    )
    client = sign_in(elsewhere)
    assert ledger_scopes(elsewhere.person) == ["umbra"]
    for address in ("/audit/", "/audit/exports/", "/audit/review/", "/audit/access/"):
        page = client.get(address).content.decode()
        assert (address, desk.payer.slug in page, "acme" in page) == (address, False, False)


def test_the_account_ends_by_itself_also_in_open_sessions(
    desk: Desk, made: auditors.Admitted
) -> None:
    client = sign_in(made)
    assert client.get("/audit/").status_code == 200
    visit = Visit(client.session.session_key or "", Asked(("ledger",)))
    assert visit.person() == made.person
    run_out(made.person)
    assert client.get("/audit/").headers["Location"].startswith(reverse("login"))
    assert visit.person() is None
    again = sign_in(made)
    assert again.get("/audit/").status_code == 302
    ended = Person.objects.get(pk=made.person.pk)
    assert (roles_in(ended, "acme"), ledger_scopes(ended)) == (set(), [])
    assert auditors.note_ended_accounts() == 1
    assert auditors.note_ended_accounts() == 0
    assert Entry.objects.filter(kind="auditor.ended", subject_id=str(ended.pk)).exists()


def test_an_admin_ends_an_account_at_once(desk: Desk, made: auditors.Admitted) -> None:
    client, desk_of_admin = sign_in(made), signed_in(desk.here[Role.ADMIN])
    address = reverse("auditor-act", args=[made.person.pk])
    assert desk_of_admin.post(address, {"act": "revoke"}).status_code == 422
    assert desk_of_admin.post(address, {"act": "revoke", "reason": "done"}).status_code == 302
    assert client.get("/audit/").status_code == 302
    assert desk_of_admin.post(address, {"act": "revoke", "reason": "twice"}).status_code == 409
    accounts = desk_of_admin.get("/audit/auditors/").context["accounts"]
    [account] = [one for one in accounts if one["username"] == "ines"]
    assert (account["open"], account["why_ended"]) == (False, "revoked")


def test_the_end_can_be_moved_while_the_account_is_open(
    desk: Desk, admin: Person, made: auditors.Admitted
) -> None:
    later = timezone.now() + timedelta(days=5)
    auditors.move_end(auditor=made.person, ends_at=later, person=admin)
    assert Person.objects.get(pk=made.person.pk).ends_at == later
    run_out(made.person)
    made.person.refresh_from_db()
    with pytest.raises(IllegalTransition):
        auditors.move_end(auditor=made.person, ends_at=later, person=admin)


def test_the_password_is_shown_once(desk: Desk) -> None:
    client = signed_in(desk.here[Role.ADMIN])
    ends = (timezone.now() + timedelta(days=2)).isoformat()
    said = {"username": "ines", "display_name": "Ines", "scope": "acme", "ends_at": ends}
    password = client.post("/audit/auditors/admit/", said).context["made"]["password"]
    assert password not in client.get("/audit/auditors/").content.decode()
    assert Client().login(username="ines", password=password)
    assert client.post("/audit/auditors/admit/", said).status_code == 422


def test_an_auditor_holds_no_other_role_and_reads_no_other_unit(
    desk: Desk, made: auditors.Admitted
) -> None:
    for unit, role in ((desk.unit, Role.APPROVER), (desk.other, Role.AUDITOR)):
        with pytest.raises(InvalidInput):
            grant_role(person=made.person, unit=unit, role=role, actor=SYSTEM)
    with pytest.raises(InvalidInput):
        grant_role(person=desk.first, unit=desk.unit, role=Role.AUDITOR, actor=SYSTEM)
    assert not holds(made.person, "acme", Role.APPROVER)


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_an_account_without_a_near_end_is_refused(desk: Desk, admin: Person, days: int) -> None:
    with pytest.raises(InvalidInput):
        auditors.admit_auditor(
            username="x",
            display_name="X",
            unit=desk.unit,
            ends_at=timezone.now() + timedelta(days=days),
            person=admin,
        )
    for person in (desk.operator, desk.there[Role.ADMIN], desk.here[Role.REVIEWER]):
        with pytest.raises(NotAllowed):
            auditors.admit_auditor(
                username="x",
                display_name="X",
                unit=desk.unit,
                ends_at=timezone.now() + timedelta(days=1),
                person=person,
            )
    assert not Person.objects.filter(username="x").exists()
