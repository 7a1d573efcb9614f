"""Messages as signed webhooks, in the form of Standard Webhooks (standardwebhooks.com, 1.0).

The receiver computes HMAC-SHA-256 over `id.timestamp.body` with the shared secret and compares; the
id stays the same when a message is sent again. A secret in the form `whsec_…` is base64, as that
specification writes it; any other is taken as it stands.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Mapping

import orjson

from orchestration.errors import ConfigurationError
from orchestration.notifying.message import Message
from orchestration.outgoing.client import call
from orchestration.outgoing.replies import require_success

PREFIX = "whsec_"


def send(destination: str, secret: str, message: Message) -> None:
    """Post a message as JSON.

    Raises:
        ConfigurationError: the secret cannot be read.
        CallFailed: it did not arrive, or the receiver did not answer with 2xx.
    """
    body = orjson.dumps(
        {
            "type": "signalbox.news",
            "data": {
                "title": message.title,
                "lines": [
                    {"news": line.news, "sentence": line.sentence, "url": line.address}
                    for line in message.lines
                ],
                "more": message.more,
            },
        }
    )
    headers = signed(message.id, int(time.time()), body, secret)
    require_success(call("POST", destination, headers=headers, body=body))


def signed(key: str, at: int, body: bytes, secret: str) -> Mapping[str, str]:
    """The headers that a receiver checks; `at` in seconds since 1970."""
    content = f"{key}.{at}.".encode() + body
    mac = hmac.digest(_key(secret), content, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ConfigurationError(
            "the webhook's secret begins with whsec_ and is no base64"
        ) from error
