"""Messages to a Slack channel by its incoming webhook, as one section a line."""

from __future__ import annotations

import orjson

from orchestration.notifying.message import Message
from orchestration.outgoing.client import call
from orchestration.outgoing.replies import require_success

LONGEST_LINE = 2_900
"""Slack refuses a section of more than 3,000 characters."""


def send(destination: str, _secret: str, message: Message) -> None:
    """Post a message; raises CallFailed when Slack did not take it."""
    headers = {"content-type": "application/json"}
    require_success(call("POST", destination, headers=headers, body=body(message)))


def body(message: Message) -> bytes:
    """The message as Slack's blocks; nothing in it can mention people or forge a link."""
    lines = [f"*{plain(message.title)}*"]
    for line in message.lines:
        link = f"\n<{line.address}|Open>" if line.address else ""
        lines.append(f"{plain(line.sentence)}{link}")
    if message.more:
        lines.append(f"… and {message.more} more in the console.")
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": text[:LONGEST_LINE]}}
        for text in lines
    ]
    return orjson.dumps({"text": plain(message.title), "blocks": blocks})


def plain(text: str) -> str:
    """A text with Slack's three control characters escaped, as its documentation asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
