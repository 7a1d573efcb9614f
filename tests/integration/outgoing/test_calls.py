"""Calls to hosts that mean harm, over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pytest_django.fixtures import Settings

from orchestration.errors import InvalidInput
from orchestration.outgoing.client import CallFailed, Limits, call, check_address

Talk = Callable[[socket.socket], None]


@contextmanager
def host(talk: Talk) -> Iterator[str]:
    """A host on this machine that treats each connection as told; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    talk(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.fixture
def local(settings: Settings) -> None:
    """Calls to this machine are allowed by name."""
    settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1"]


def says(*parts: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return talk


@pytest.mark.usefixtures("local")
def test_a_call_brings_back_status_headers_and_body() -> None:
    with host(says(b"HTTP/1.1 202 Accepted\r\nX-Seen: yes\r\nContent-Length: 2\r\n\r\nok")) as url:
        answer = call("POST", url, body=b"{}")
    assert (answer.status, answer.headers["x-seen"], answer.body) == (202, "yes", b"ok")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "https://", "file:///etc/passwd", "//example.org", "gopher://x/"),
        *(
            "http://example.org/",
            "https://ann:word@example.org/",
            "https://[::1",
            "https://a:99999/",
        ),
    ],
)
def test_an_address_of_another_form_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_address(url)


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.7", "::1"])
def test_a_name_that_leads_inside_is_not_called(inside: str) -> None:
    with pytest.raises(CallFailed, match="private network"):
        call("GET", "https://harmless.example/", resolver=lambda _host, _port: [inside])


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(CallFailed, match="private network"):
        call("GET", "https://both.example/", resolver=lambda _host, _port: ["1.1.1.1", "10.0.0.7"])


def test_a_name_is_looked_up_once_so_that_it_cannot_move_between_check_and_call() -> None:
    asked: list[str] = []

    def resolver(name: str, _port: int) -> list[str]:
        asked.append(name)
        return ["192.0.2.1" if len(asked) == 1 else "127.0.0.1"]

    with pytest.raises(CallFailed):
        call("GET", "https://moving.example/", resolver=resolver)
    assert asked == ["moving.example"]


@pytest.mark.usefixtures("local")
def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with host(says(moved)) as url, pytest.raises(CallFailed, match="redirects are not followed"):
        call("GET", url)


@pytest.mark.usefixtures("local")
def test_an_endless_answer_is_cut_off() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with host(talk) as url, pytest.raises(CallFailed, match="longer than 100,000 bytes"):
        call("GET", url, limits=Limits(size=100_000))


@pytest.mark.usefixtures("local")
def test_a_host_that_drips_ends_at_the_deadline_as_a_whole() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            connection.sendall(b"X-%d: y\r\n" % number)
            time.sleep(0.05)

    with host(talk) as url, pytest.raises(CallFailed, match="in time"):
        call("GET", url, limits=Limits(seconds=0.5))


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("nonsense", [b"", b"\x00\xff\x00\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_nonsense_is_a_failure_with_a_reason(nonsense: bytes) -> None:
    with host(says(nonsense)) as url, pytest.raises(CallFailed) as failure:
        call("GET", url)
    assert str(failure.value)


@pytest.mark.usefixtures("local")
def test_a_host_without_a_certificate_of_its_name_is_not_believed() -> None:
    with host(says(b"nothing of the kind")) as url, pytest.raises(CallFailed):
        call("GET", url.replace("http://", "https://"))
