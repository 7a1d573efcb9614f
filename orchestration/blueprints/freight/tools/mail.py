"""The tool that writes to customers: letters go to a local outbox, one file each, until they are
collected.
"""

from __future__ import annotations

from typing import Any

from orchestration.blueprints.freight.tools import schemas as s
from orchestration.blueprints.freight.tools.invocations import digest, traced
from orchestration.blueprints.freight.tools.records import record_once
from orchestration.tools.contract import ToolCall, tool

OUTBOX = "outbox"


@tool(
    "email.send",
    title="Write to a customer",
    effect="write",
    idempotent=True,
    arguments=s.shape(
        {
            "to": {
                "type": "string",
                "pattern": "^[^@\\s]+@[^@\\s]+$",
                "maxLength": 254,
                "personal": True,
                "description": "Address of the recipient",
            },
            "subject": s.text("Subject line", 200),
            "body": {**s.text("Text of the letter", 20_000), "personal": "/arguments/to"},
        }
    ),
    result=s.shape({"message": s.text("Message id")}),
)
@traced("email.send")
def send(call: ToolCall) -> dict[str, Any]:
    """Put the letter in the outbox once a key. It can be taken out until the outbox is
    collected.
    """
    message = f"<{digest(call.idempotency_key)[:24]}@signalbox.example>"
    letter = {**call.arguments, "message": message, "goal": call.goal, "from": call.agent}
    found = record_once(call.folder / OUTBOX, call.idempotency_key, letter)
    return {"message": found["message"]}
