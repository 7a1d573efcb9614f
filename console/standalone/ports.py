"""Free ports on this machine."""

from __future__ import annotations

import socket

HERE = "127.0.0.1"
HIGHEST_TRIED = 100


def is_free(port: int) -> bool:
    """Whether a server could listen on a port of this machine now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def free_from(first: int) -> int:
    """The first free port from one on.

    Raises:
        OSError: none of the next hundred is free.
    """
    for port in range(first, min(first + HIGHEST_TRIED, 65_536)):
        if is_free(port):
            return port
    raise OSError(f"no free port from {first} to {first + HIGHEST_TRIED}")
