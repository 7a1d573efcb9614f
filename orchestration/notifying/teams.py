"""Messages to a Microsoft Teams channel by its incoming webhook, as an adaptive card."""

from __future__ import annotations

from typing import Any

import orjson

from orchestration.notifying.message import Message
from orchestration.outgoing.client import call
from orchestration.outgoing.replies import require_success

CARD = "application/vnd.microsoft.card.adaptive"


def send(destination: str, _secret: str, message: Message) -> None:
    """Post a message; raises CallFailed when Teams did not take it."""
    headers = {"content-type": "application/json"}
    require_success(call("POST", destination, headers=headers, body=body(message)))


def body(message: Message) -> bytes:
    """The message as an adaptive card; sentences are plain text runs, so that none is markup."""
    blocks: list[dict[str, Any]] = [_text(message.title, weight="bolder")]
    for line in message.lines:
        blocks.append(_text(line.sentence))
        if line.address:
            opening = {"type": "Action.OpenUrl", "title": "Open", "url": line.address}
            blocks.append({"type": "ActionSet", "actions": [opening]})
    if message.more:
        blocks.append(_text(f"… and {message.more} more in the console."))
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    attachment = {"contentType": CARD, "content": card}
    return orjson.dumps({"type": "message", "attachments": [attachment]})


def _text(said: str, **more: str) -> dict[str, Any]:
    run = {"type": "TextRun", "text": said, **more}
    return {"type": "RichTextBlock", "inlines": [run]}
