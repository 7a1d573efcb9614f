"""Channels by which news reaches people: adding, changing, pausing, trying and removing them.

Everybody keeps their own; an admin of a unit keeps those that carry its news to a room of people.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from audit import ledger
from audit.identifiers import new_id
from orchestration.access.roles import READING, holds
from orchestration.errors import InvalidInput, NotAllowed
from orchestration.models import Channel, Delivery, Person
from orchestration.models.channel import MOST_DIGEST_MINUTES
from orchestration.notifying.carrying import SECRET_ADDRESS
from orchestration.operations.changes import change, create, record
from orchestration.operations.deliveries import begin_following
from orchestration.operations.people import actor_for
from orchestration.outgoing.client import check_address
from orchestration.outgoing.secret_references import check_reference
from orchestration.vocabulary import ChannelKind, ChannelState, NewsKind, Role

CHOICES = (NewsKind.APPROVAL, NewsKind.PARKED, NewsKind.NOTICE)
LONGEST_LABEL = 80


@dataclass(frozen=True)
class ChannelSettings:
    """What is chosen for a channel; fields as in models.Channel."""

    label: str
    kind: str
    destination: str
    secret: str = ""
    wants: list[str] = field(default_factory=lambda: [NewsKind.APPROVAL.value])
    quiet_from: time | None = None
    quiet_until: time | None = None
    zone: str = "UTC"
    digest_minutes: int = 0

    def check(self) -> None:
        """Raise InvalidInput with a sentence for each fault."""
        problems = [*self._faults_of_words(), *self._faults_of_hours(), *self._faults_of_way()]
        if problems:
            raise InvalidInput(*problems)

    def _faults_of_words(self) -> list[str]:
        problems = []
        if not 0 < len(self.label.strip()) <= LONGEST_LABEL:
            problems.append(f"A channel needs a name of at most {LONGEST_LABEL} characters.")
        if not self.wants or not set(self.wants) <= set(CHOICES):
            problems.append("Choose at least one kind of news.")
        if self.kind not in set(ChannelKind):
            problems.append("Choose how the news is carried.")
        return problems

    def _faults_of_hours(self) -> list[str]:
        problems = []
        if (self.quiet_from is None) != (self.quiet_until is None):
            problems.append("Quiet hours need a beginning and an end, or neither.")
        if self.zone not in available_timezones():
            problems.append(f"There is no time zone {self.zone!r}; an example is Europe/Zurich.")
        if not 0 <= self.digest_minutes <= MOST_DIGEST_MINUTES:
            problems.append(f"Gather for 0 to {MOST_DIGEST_MINUTES} minutes.")
        return problems

    def _faults_of_way(self) -> list[str]:
        try:
            self._check_way()
        except InvalidInput as error:
            return list(error.problems)
        except ValidationError:
            return [f"{self.destination!r} is no e-mail address."]
        return []

    def _check_way(self) -> None:
        if self.kind in SECRET_ADDRESS:
            check_reference(self.destination)
        elif self.kind == ChannelKind.EMAIL:
            if not settings.EMAIL_HOST:
                raise InvalidInput("No mail server is set; an admin of the machine sets SMTP_URL.")
            validate_email(self.destination)
        else:
            check_address(self.destination)
            check_reference(self.secret)


def add_channel(*, person: Person, scope: str, role: str, chosen: ChannelSettings) -> Channel:
    """Add a channel for the news of a unit and the units below it.

    Args:
        role: empty for the person's own channel; else the channel carries what this role may act
            on, to whoever reads at its destination.

    Raises:
        InvalidInput: a setting is wrong; each problem names it.
        NotAllowed: the person does not read the unit, or is no admin of it where a role is given.
    """
    channel = Channel(scope=scope, person=None if role else person, role=role)
    _require_right(channel, person)
    if role and role not in set(Role):
        raise InvalidInput(f"There is no role {role!r}.")
    chosen.check()
    for name, value in _stored(chosen).items():
        setattr(channel, name, value)
    with ledger.transaction():
        begin_following()
        return create(channel, "channel.added", actor_for(person))


def change_channel(*, channel: Channel, person: Person, chosen: ChannelSettings) -> Channel:
    """Choose anew; what is on its way goes the new way."""
    _require_right(channel, person)
    chosen.check()
    with ledger.transaction():
        return change(channel, "channel.changed", actor_for(person), **_stored(chosen))


def pause_channel(*, channel: Channel, person: Person) -> Channel:
    """Carry nothing until it is resumed; news gathers meanwhile."""
    return _become(channel, person, ChannelState.PAUSED)


def resume_channel(*, channel: Channel, person: Person) -> Channel:
    """Carry news again, beginning with what gathered."""
    return _become(channel, person, ChannelState.ACTIVE)


def remove_channel(*, channel: Channel, person: Person) -> Channel:
    """Take a channel away; its row stays for the record."""
    return _become(channel, person, ChannelState.REMOVED)


def try_channel(*, channel: Channel, person: Person) -> Delivery:
    """Send a message that says that the channel works."""
    _require_right(channel, person)
    if channel.state != ChannelState.ACTIVE:
        raise InvalidInput("Resume the channel before trying it.")
    with ledger.transaction():
        record("channel.tried", channel, actor_for(person), revision=None)
        Channel.objects.filter(pk=channel.pk).update(rest_until=None)
        return Delivery.objects.create(
            channel=channel,
            news=NewsKind.TEST,
            subject=new_id(),
            sentence=f"{person} tried the channel {channel.label}.",
        )


def may_keep(channel: Channel, person: Person) -> bool:
    """Whether a person may change a channel."""
    if channel.person_id is None:
        return holds(person, channel.scope, Role.ADMIN)
    return channel.person_id == person.pk and holds(person, channel.scope, *READING)


def _require_right(channel: Channel, person: Person) -> None:
    if not may_keep(channel, person):
        raise NotAllowed(
            "You can keep channels of your own for units that you read, and channels of a unit"
            " whose admin you are."
        )


def _become(channel: Channel, person: Person, state: ChannelState) -> Channel:
    _require_right(channel, person)
    words = {"active": "channel.resumed"}
    with ledger.transaction():
        kind = words.get(state.value, f"channel.{state.value}")
        return change(channel, kind, actor_for(person), state=state)


def _stored(chosen: ChannelSettings) -> dict[str, Any]:
    fields = asdict(chosen)
    for name in ("quiet_from", "quiet_until"):
        fields[name] = getattr(chosen, name)
    return fields
