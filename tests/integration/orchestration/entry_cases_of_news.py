"""Entries owed by notifications: the channels that people keep, and what arrived or did not."""

from __future__ import annotations

from orchestration.models import Channel, Delivery
from orchestration.operations import channels, deliveries
from orchestration.operations.channels import ChannelSettings
from orchestration.operations.deliveries import MOST_TRIES, Envelope
from tests.integration.orchestration.entry_cases import Act, owes
from tests.integration.orchestration.scenes import Scene

HOOK = ChannelSettings(
    label="Desk",
    kind="webhook",
    destination="https://127.0.0.1:9/hook",
    secret="env:SIGNALBOX_SECRET_DESK",
)
PAUSED = ("channel.paused", "channel", "person")


def channel(scene: Scene) -> Channel:
    """A channel of the first person's own."""
    return channels.add_channel(person=scene.first, scope=scene.unit.scope, role="", chosen=HOOK)


def again(key: object) -> Channel:
    """The same row, read anew."""
    return Channel.objects.get(pk=key)


def claimed(scene: Scene) -> Envelope:
    """A message that somebody is sending."""
    channels.try_channel(channel=channel(scene), person=scene.first)
    envelope = deliveries.next_message()
    assert envelope is not None
    return envelope


def last_try(scene: Scene) -> tuple[str, ...]:
    """A message that has failed as often as may be, but once."""
    delivery = channels.try_channel(channel=channel(scene), person=scene.first)
    Delivery.objects.filter(pk=delivery.pk).update(tries=MOST_TRIES - 1)
    return ()


@owes("channels.add_channel", ("channel.added", "channel", "person"))
def _(scene: Scene) -> Act:
    deliveries.begin_following()
    return lambda: channel(scene)


@owes("channels.change_channel", ("channel.changed", "channel", "person"))
def _(scene: Scene) -> Act:
    key = channel(scene).pk
    return lambda: channels.change_channel(channel=again(key), person=scene.first, chosen=HOOK)


@owes("channels.pause_channel", PAUSED)
def _(scene: Scene) -> Act:
    key = channel(scene).pk
    return lambda: channels.pause_channel(channel=again(key), person=scene.first)


@owes("channels.resume_channel", ("channel.resumed", "channel", "person"))
def _(scene: Scene) -> Act:
    key = channels.pause_channel(channel=channel(scene), person=scene.first).pk
    return lambda: channels.resume_channel(channel=again(key), person=scene.first)


@owes("channels.remove_channel", ("channel.removed", "channel", "person"))
def _(scene: Scene) -> Act:
    key = channel(scene).pk
    return lambda: channels.remove_channel(channel=again(key), person=scene.first)


@owes("channels.try_channel", ("channel.tried", "channel", "person"))
def _(scene: Scene) -> Act:
    key = channel(scene).pk
    return lambda: channels.try_channel(channel=again(key), person=scene.first)


@owes("deliveries.settle_message", ("notification.sent", "channel", "system"))
def _(scene: Scene) -> Act:
    envelope = claimed(scene)
    return lambda: deliveries.settle_message(envelope=envelope)
