"""Carrying a message through a channel, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestration.notifying import email, slack, teams, webhook
from orchestration.notifying.message import Message
from orchestration.outgoing.secret_references import secret
from orchestration.vocabulary import ChannelKind

SENDERS: Mapping[str, Callable[[str, str, Message], None]] = {
    ChannelKind.EMAIL: email.send,
    ChannelKind.WEBHOOK: webhook.send,
    ChannelKind.SLACK: slack.send,
    ChannelKind.TEAMS: teams.send,
}

SECRET_ADDRESS = frozenset({ChannelKind.SLACK, ChannelKind.TEAMS})
"""Kinds whose address lets anybody post, so that it is named and never stored."""


def carry(kind: str, destination: str, reference: str, message: Message) -> None:
    """Send a message.

    Raises:
        ConfigurationError: a secret or the mail server is not set.
        InvalidInput: the address may not be called.
        CallFailed: it was refused or did not arrive.
    """
    address = secret(destination) if kind in SECRET_ADDRESS else destination
    SENDERS[kind](address, secret(reference) if reference else "", message)
