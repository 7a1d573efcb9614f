"""Notification channels as their templates show them. Pure."""

from __future__ import annotations

from typing import Any

from console.forms.channels import KINDS, WANTS
from orchestration.models import Channel
from orchestration.notifying.carrying import SECRET_ADDRESS
from orchestration.vocabulary import ChannelState

ICONS = {"email": "mail", "webhook": "link", "slack": "messages-square", "teams": "users"}


def row(channel: Channel) -> dict[str, Any]:
    """One channel of the list."""
    return {
        "id": channel.pk,
        "label": channel.label,
        "icon": ICONS[channel.kind],
        "kind": dict(KINDS)[channel.kind],
        "whose": f"the role {channel.role}" if channel.role else "me",
        "scope": channel.scope,
        "destination": channel.destination,
        "is_reference": channel.kind in SECRET_ADDRESS,
        "paused": channel.state == ChannelState.PAUSED,
        "error": channel.error,
        "failures": channel.failures,
        "told_at": channel.told_at,
        "wants": [label for word, label in WANTS if word in channel.wants],
        "hours": hours(channel),
    }


def hours(channel: Channel) -> str:
    """When it keeps quiet and how it gathers, as a sentence."""
    said = []
    if channel.quiet_from and channel.quiet_until:
        said.append(
            f"quiet {channel.quiet_from:%H:%M} to {channel.quiet_until:%H:%M} {channel.zone}"
        )
    if channel.digest_minutes:
        said.append(f"gathers for {channel.digest_minutes} min")
    return ", ".join(said) or "at any hour, at once"
