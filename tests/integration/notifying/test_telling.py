"""People are told once of what they may act on, when they want to know it, and of nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit.models import Entry
from orchestration.errors import InvalidInput, NotAllowed
from orchestration.jobs.notifying import tell_people
from orchestration.models import Channel, Delivery, Person
from orchestration.operations import channels, deliveries
from orchestration.operations.approvals import cast_vote
from orchestration.operations.channels import ChannelSettings
from orchestration.vocabulary import Role
from tests.integration.console.desk import Desk

HOOK = ChannelSettings(
    label="Desk", kind="webhook", destination="", secret="file:desk", wants=["approval", "parked"]
)


class Receiver(ThreadingHTTPServer):
    """A host that keeps what it is sent and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.got: list[tuple[dict[str, str], Any]] = []
        self.status = 204

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((headers, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """The real hashing is slow on purpose, and many people are admitted for each test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def receiver(settings: Settings, tmp_path: Path) -> Iterator[Receiver]:
    settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.PUBLIC_URL = "https://box.example"
    settings.SECRETS = tmp_path / "secrets"
    settings.SECRETS.mkdir()
    (settings.SECRETS / "desk").write_text("shared\n")
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def desk(committed_database: object, tmp_path: Path) -> Desk:
    """A world whose entries are committed, as a reader of the ledger needs them."""
    return Desk(tmp_path)


def channel_of(person: Person, receiver: Receiver, scope: str = "acme", **how: Any) -> Channel:
    chosen = replace(HOOK, destination=receiver.address, **how)
    return channels.add_channel(person=person, scope=scope, role="", chosen=chosen)


def test_who_may_decide_is_told_once_with_a_signature_and_a_link(
    desk: Desk, receiver: Receiver
) -> None:
    channel_of(desk.first, receiver)
    approval = desk.hold_payment()
    for _ in range(3):
        tell_people.run()
    [(headers, said)] = receiver.got
    assert headers["webhook-signature"].startswith("v1,")
    assert said["data"]["title"] == "A request waits for approval"
    assert said["data"]["lines"][0]["url"] == f"https://box.example/approvals/?sel={approval.pk}"
    assert Entry.objects.filter(kind="notification.sent").count() == 1


def test_a_message_says_nothing_of_the_arguments(desk: Desk, receiver: Receiver) -> None:
    channel_of(desk.first, receiver)
    desk.hold_payment(payee="Ann Personal")
    tell_people.run()
    [(_, said)] = receiver.got
    assert "Ann Personal" not in json.dumps(said)
    assert "1240000" not in json.dumps(said)


@pytest.mark.parametrize("who", ["there-approver", "here-viewer", "stranger"])
def test_who_may_not_decide_is_not_told(desk: Desk, receiver: Receiver, who: str) -> None:
    person = Person.objects.get(username=who)
    scope = "umbra" if who.startswith("there") else "acme"
    if who == "stranger":
        with pytest.raises(NotAllowed):
            channel_of(person, receiver)
    else:
        channel_of(person, receiver, scope)
    desk.hold_payment()
    tell_people.run()
    assert receiver.got == []


def test_who_left_the_unit_is_told_no_more(desk: Desk, receiver: Receiver) -> None:
    channel_of(desk.first, receiver)
    desk.first.memberships.all().delete()
    desk.hold_payment()
    tell_people.run()
    assert receiver.got == []


def test_what_was_decided_in_the_quiet_hours_is_not_told_after_them(
    desk: Desk, receiver: Receiver
) -> None:
    now = timezone.now()
    quiet = {
        "quiet_from": (now - timedelta(hours=1)).time(),
        "quiet_until": (now + timedelta(hours=1)).time(),
    }
    channel = channel_of(desk.first, receiver, **quiet)
    approval = desk.hold_payment()
    tell_people.run()
    assert receiver.got == []
    cast_vote(
        approval_id=approval.pk,
        person=desk.second,
        verdict="deny",
        reason="no",
        digest=approval.digest,
    )
    assert deliveries.next_message(now=now + timedelta(hours=2)) is None
    assert [one.state for one in channel.deliveries.all()] == ["overtaken"]


def test_after_a_message_news_gathers_into_one(desk: Desk, receiver: Receiver) -> None:
    channel_of(desk.first, receiver, digest_minutes=30)
    desk.hold_payment()
    tell_people.run()
    for amount in (2_000_000, 3_000_000):
        desk.hold_payment(amount_minor=amount)
    tell_people.run()
    assert len(receiver.got) == 1
    envelope = deliveries.next_message(now=timezone.now() + timedelta(minutes=31))
    assert envelope is not None
    assert envelope.message.title == "2 requests wait for approval"


def test_a_message_whose_sender_died_is_sent_again_as_the_same(
    desk: Desk, receiver: Receiver
) -> None:
    channel_of(desk.first, receiver)
    desk.hold_payment()
    deliveries.gather_news()
    first = deliveries.next_message()
    assert deliveries.next_message() is None  # nobody else sends it meanwhile
    later = timezone.now() + deliveries.LEASE + timedelta(seconds=1)
    second = deliveries.next_message(now=later)
    assert first is not None
    assert second is not None
    assert first.message == second.message


def test_a_host_that_refuses_is_tried_ever_more_seldom_and_then_given_up(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.status = 500
    channel = channel_of(desk.first, receiver)
    desk.hold_payment()
    for _ in range(deliveries.MOST_TRIES + 2):
        tell_people.run()
        Channel.objects.update(rest_until=None)
    assert len(receiver.got) == deliveries.MOST_TRIES
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    channel.refresh_from_db()
    assert channel.error == "it answered 500"
    assert channel.deliveries.get().state == "failed"
    assert Entry.objects.filter(kind="notification.failed").count() == 1


def test_a_failing_channel_rests_while_others_carry_on(desk: Desk, receiver: Receiver) -> None:
    bad = channel_of(desk.second, receiver, secret="file:missing")
    channel_of(desk.first, receiver)
    desk.hold_payment()
    tell_people.run()
    tell_people.run()
    assert len(receiver.got) == 1
    bad.refresh_from_db()
    assert (bad.failures, bad.error) == (1, "the secret in missing cannot be read")
    assert bad.rest_until is not None


def test_a_channel_of_a_unit_carries_what_its_role_may_decide(
    desk: Desk, receiver: Receiver
) -> None:
    chosen = replace(HOOK, destination=receiver.address)
    admin = desk.here[Role.ADMIN]
    for role in (Role.APPROVER, Role.REVIEWER):
        channels.add_channel(person=admin, scope="acme", role=role, chosen=chosen)
    desk.hold_payment()
    tell_people.run()
    assert [one.channel.role for one in Delivery.objects.all()] == ["approver"]


def test_nobody_but_an_admin_keeps_a_channel_of_a_unit(desk: Desk, receiver: Receiver) -> None:
    chosen = replace(HOOK, destination=receiver.address)
    with pytest.raises(NotAllowed):
        channels.add_channel(person=desk.first, scope="acme", role="approver", chosen=chosen)


def test_parked_work_is_told_to_who_can_do_something(desk: Desk, receiver: Receiver) -> None:
    channel_of(desk.operator, receiver)
    channel_of(desk.first, receiver)
    desk.goal(planner="flying")
    desk.run()
    tell_people.run()
    [(_, said)] = receiver.got
    assert said["data"]["title"] == "A task is parked"


def test_a_lost_place_in_the_ledger_tells_what_stands_and_nothing_twice(
    desk: Desk, receiver: Receiver
) -> None:
    channel_of(desk.first, receiver)
    desk.hold_payment()
    tell_people.run()
    deliveries.Follower.objects.update(position="99999999999:99999999999:")
    tell_people.run()
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"label": " "}, "needs a name"),
        ({"wants": []}, "at least one"),
        ({"wants": ["gossip"]}, "at least one"),
        ({"destination": "http://example.org/"}, "https"),
        ({"destination": "https://ann:pw@example.org/"}, "password"),
        ({"secret": "hunter2"}, "never typed here"),
        ({"secret": "env:DATABASE_URL"}, "never typed here"),
        ({"secret": "file:../ledger/key"}, "never typed here"),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"quiet_from": timezone.now().time()}, "a beginning and an end"),
        ({"digest_minutes": -1}, "Gather"),
        ({"kind": "slack", "destination": "https://hooks.slack.com/services/T/B/X"}, "never typed"),
        ({"kind": "email", "destination": "ann@example.org"}, "SMTP_URL"),
        ({"kind": "pigeon"}, "how the news is carried"),
    ],
)
@pytest.mark.django_db
def test_a_wrong_setting_is_refused_with_a_sentence(
    tmp_path: Path, receiver: Receiver, wrong: dict[str, Any], said: str
) -> None:
    desk = Desk(tmp_path)
    chosen = replace(HOOK, **{"destination": receiver.address, **wrong})
    with pytest.raises(InvalidInput, match=said):
        channels.add_channel(person=desk.first, scope="acme", role="", chosen=chosen)


def test_e_mail_goes_by_the_installations_server(
    desk: Desk, receiver: Receiver, settings: Settings, mailoutbox: list[Any]
) -> None:
    settings.EMAIL_HOST = "mail.example"
    chosen = replace(HOOK, kind="email", destination="ann@example.org", secret="")
    channels.add_channel(person=desk.first, scope="acme", role="", chosen=chosen)
    desk.hold_payment()
    tell_people.run()
    [mail] = mailoutbox
    assert mail.to == ["ann@example.org"]
    assert mail.subject == "A request waits for approval"
    assert "https://box.example/approvals/" in mail.body
