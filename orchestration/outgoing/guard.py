"""The network beneath an outgoing call: it resolves once, checks, and connects to what it checked.

Between a check of a name and a second look at it by the connection, its owner could point it
elsewhere (DNS rebinding). Here the connection is made to the very address that was checked, while
the certificate is still held against the name.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from orchestration.outgoing.addresses import is_public

Resolve = Callable[[str, int], list[str]]


class AddressRefused(httpcore.ConnectError):
    """The host leads to an address that may not be called."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which the system would try them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the host {host} cannot be found") from error
    return [str(entry[4][0]) for entry in found]


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses only, and ends everything at one deadline.

    Args:
        private: hosts that may lead to private addresses, in lower case.
        deadline: reading of `time.monotonic` after which nothing goes on.
        resolver: finds the addresses of a host.
    """

    def __init__(
        self, private: frozenset[str], deadline: float, resolver: Resolve = resolve
    ) -> None:
        self._private, self._deadline, self._resolve = private, deadline, resolver
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers.

        Raises:
            AddressRefused: any of its addresses is private and the host is not allowed by name.
        """
        addresses = self._resolve(host, port)
        if host.lower() not in self._private and not all(map(is_public, addresses)):
            raise AddressRefused(
                f"{host} leads into a private network; an admin of the machine can allow it by"
                " name in OUTGOING_PRIVATE_HOSTS"
            )
        failure: Exception = httpcore.ConnectError(f"the host {host} has no address")
        for address in addresses:
            try:
                stream = self._network.connect_tcp(
                    address, port, within(timeout, self._deadline), local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
            else:
                return Bounded(stream, self._deadline)
        raise failure


class Bounded(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        return self._stream.read(max_bytes, within(timeout, self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write it all."""
        self._stream.write(buffer, within(timeout, self._deadline))

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Encrypt; the certificate must be of the name that was asked for."""
        inner = self._stream.start_tls(
            ssl_context, server_hostname, within(timeout, self._deadline)
        )
        return Bounded(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection says of itself."""
        return self._stream.get_extra_info(info)


def within(timeout: float | None, deadline: float) -> float:
    """Seconds that a wait may last: until the deadline, and no longer than its own limit.

    Raises:
        httpcore.ReadTimeout: the deadline has passed.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("the time for this call is over")
    return seconds if timeout is None else min(seconds, timeout)
