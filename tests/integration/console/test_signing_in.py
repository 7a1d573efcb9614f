"""Signing in and out: recorded, limited, and leading on only to our own pages."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.models import Entry
from orchestration.models import Person
from orchestration.operations import visits
from tests.integration.console.desk import Desk, signed_in

ADDRESS = "/sign-in/"


@pytest.fixture
def pia(desk: Desk) -> Person:
    """An approver with a password of her own."""
    desk.first.set_password("a good long password")
    desk.first.save()
    return desk.first


def try_in(client: Client, password: str = "a good long password", **more: str):
    return client.post(ADDRESS, {"username": "pia", "password": password, **more})


def test_a_sign_in_is_written_to_the_ledger_of_the_persons_unit(pia: Person) -> None:
    answer = try_in(Client())
    assert (answer.status_code, answer["Location"]) == (302, "/")
    entry = Entry.objects.filter(kind="person.signed_in").latest("id")
    assert (entry.actor_id, entry.scope) == (str(pia.pk), "acme")
    assert "127.0.0.1" not in entry.body


def test_who_signed_out_is_out(pia: Person) -> None:
    client = signed_in(pia)
    assert client.get("/approvals/").status_code == 200
    assert b"You are signed out" in client.post("/sign-out/").content
    assert client.get("/approvals/")["Location"].startswith(ADDRESS)
    assert Entry.objects.filter(kind="person.signed_out", actor_id=str(pia.pk)).exists()


def test_a_failed_sign_in_is_recorded_without_name_password_or_address(
    pia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = []
    monkeypatch.setattr(visits.ledger, "append_autonomous", drafts.append)
    page = try_in(Client(), "wrong").content.decode()
    assert "Please enter a correct username and password" in page
    [draft] = drafts
    assert (draft.kind, draft.scope) == ("sign_in.failed", "acme")
    assert "pia" not in str(draft)
    assert "127.0.0.1" not in str(draft)
    assert draft.data == {"person": str(pia.pk)}


def test_after_too_many_failures_even_the_right_password_waits(
    pia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def append(draft):
        with visits.ledger.transaction():
            return visits.ledger.append(draft)

    monkeypatch.setattr(visits.ledger, "append_autonomous", append)
    client = Client()
    for _ in range(visits.MOST_BY_ADDRESS):
        assert try_in(client, "wrong").status_code == 200
    refused = try_in(client)
    assert refused.status_code == 429
    assert b"Too many failed sign-ins" in refused.content
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    assert try_in(elsewhere).status_code == 302


def test_only_our_own_pages_are_led_on_to(pia: Person) -> None:
    assert try_in(Client(), next="/agents/")["Location"] == "/agents/"
    assert try_in(Client(), next="https://elsewhere.example/")["Location"] == "/"
    assert try_in(Client(), next="//elsewhere.example/")["Location"] == "/"


def test_a_name_that_no_database_takes_is_just_wrong(
    pia: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits.ledger, "append_autonomous", lambda draft: "")
    answer = Client().post(ADDRESS, {"username": "pi\x00a", "password": "x" * 5000})
    assert answer.status_code == 200
