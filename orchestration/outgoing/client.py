"""One outgoing call: https to a public address, bounded in time and size, without redirects."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from orchestration.errors import InvalidInput, SignalboxError
from orchestration.outgoing.guard import GuardedNetwork, Resolve, resolve

REDIRECTS = range(300, 400)


class CallFailed(SignalboxError):
    """An outgoing call got no usable answer; the message says why, and holds nothing secret."""


@dataclass(frozen=True)
class Limits:
    """How long a call may take as a whole, in seconds, and how many bytes its answer may have."""

    seconds: float = 10.0
    size: int = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What came back: the status, headers in lower case, and the body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def private_hosts() -> frozenset[str]:
    """The hosts an admin of the machine allowed to lead to private addresses."""
    return frozenset(host.lower() for host in settings.OUTGOING_PRIVATE_HOSTS)


def check_address(url: str) -> str:
    """The URL, if its form allows calling it.

    Raises:
        InvalidInput: not https (or http to a host allowed by name), no host, or with a password.
    """
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise InvalidInput(f"{url!r} is no web address: {error}") from error
    if parts.scheme not in {"https", "http"} or not host:
        raise InvalidInput("The address must look like https://host/path.")
    if parts.scheme == "http" and host not in private_hosts():
        raise InvalidInput("The address must begin with https, so that nobody reads along.")
    if parts.username or parts.password:
        raise InvalidInput("The address must not hold a password; refer to a secret instead.")
    return url


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    limits: Limits | None = None,
    resolver: Resolve = resolve,
) -> Answer:
    """Send one request and read its answer.

    Raises:
        InvalidInput: the URL may not be called as it stands.
        CallFailed: refused, unreachable, too slow, too big, or answered with a redirect.
    """
    check_address(url)
    bounds = limits or Limits()
    sent = {"accept-encoding": "identity", "user-agent": "signalbox", **(headers or {})}
    network = GuardedNetwork(private_hosts(), time.monotonic() + bounds.seconds, resolver)
    with (
        _said_plainly(),
        httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=network
        ) as pool,
        pool.stream(method, url, headers=list(sent.items()), content=body) as response,
    ):
        if response.status in REDIRECTS:
            raise CallFailed(f"it answered {response.status}: redirects are not followed")
        received = _bounded(response.iter_stream(), bounds.size)
        named = {key.decode("latin-1").lower(): value for key, value in response.headers}
        return Answer(
            response.status,
            {key: value.decode("latin-1") for key, value in named.items()},
            received,
        )


def _bounded(parts: Iterator[bytes], most: int) -> bytes:
    received = bytearray()
    for part in parts:
        received += part
        if len(received) > most:
            raise CallFailed(f"its answer is longer than {most:,} bytes")
    return bytes(received)


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise CallFailed("it did not answer in time") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise CallFailed(str(error) or "the connection broke") from error
