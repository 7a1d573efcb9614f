"""A page's live connection as a test holds it: opened as browsers do, read message by message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from websockets.sync.client import ClientConnection, connect

from orchestration.models import Person

PATIENCE_S = 20


def sign_in(person: Person) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.force_login(person)
    return client


class Line:
    """The browser's end of a connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def next(self) -> dict[str, Any]:
        """The next message, when there is one."""
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE_S))
        return message

    def until(self, key: str) -> dict[str, Any]:
        """The next message that says something under this key."""
        while True:
            message = self.next()
            if key in message:
                return message

    def changed(self) -> list[str]:
        """The topics of the next message that names some."""
        return list(self.until("changed")["changed"])

    def say(self, **said: Any) -> None:
        self.socket.send(json.dumps(said))


@contextmanager
def opened(
    server: str, client: Client | None, path: str, *, origin: str | None = None
) -> Iterator[Line]:
    """The connection of a page that was served with this live address."""
    cookie = client.cookies["sessionid"].value if client else ""
    headers = {"Cookie": f"sessionid={cookie}"} if cookie else {}
    address = f"ws://{urlsplit(server).netloc}{path}"
    with connect(address, additional_headers=headers, origin=origin or server) as socket:
        yield Line(socket)
