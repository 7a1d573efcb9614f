"""The PostgreSQL and Valkey that tests run on."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.conf import settings

from console.celery import app
from console.standalone.account import server_account, servers_folder
from console.standalone.postgres import Postgres
from console.standalone.valkey import Valkey
from tests.machinery.databases import Database

GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL")


@dataclass
class Started:
    """A server that was started for the tests."""

    url: str
    stop: Callable[[], None]


SHARED = pytest.StashKey["Started | None"]()


def given_postgres() -> Database:
    """The server named in the environment."""
    return Database(*(os.environ[name] for name in GIVEN))


def start_postgres(*, durable: bool = False) -> Started | None:
    """Start an embedded PostgreSQL and name it in the environment, unless one is named there.

    It does without the safety of the disk, which tests do not need, unless it is to be durable.
    """
    if all(os.environ.get(name) for name in GIVEN):
        return None
    account = server_account()
    home = Path(tempfile.mkdtemp(prefix="signalbox-tests-"))
    home.chmod(0o711)
    server = Postgres(servers_folder(home, account) / "postgres", account, durable=durable)
    server.prepare()
    child = server.start(home / "log")
    if not server.wait(child):
        raise RuntimeError((home / "log").read_text())
    server.create_database()
    os.environ["DATABASE_URL"] = server.url()
    os.environ["DATABASE_OWNER_URL"] = server.owner_url()

    def stop() -> None:
        child.send_signal(signal.SIGINT)
        child.wait()
        shutil.rmtree(home)
        for name in GIVEN:
            del os.environ[name]

    return Started(server.url(), stop)


def start_valkey(folder: Path) -> Started:
    """Start a Valkey that keeps nothing on disk."""
    # Not in pytest's own folder: that is closed to the account the server runs as under root.
    home = Path(tempfile.mkdtemp(prefix="signalbox-valkey-"))
    server = Valkey(home, server_account(), durable=False)
    server.prepare()
    child = server.start(folder / "log")
    if not server.wait():
        raise RuntimeError((folder / "log").read_text())

    def stop() -> None:
        child.send_signal(signal.SIGTERM)
        child.wait()
        shutil.rmtree(home)

    return Started(server.url(), stop)


def use_valkey(url: str) -> None:
    """Point what wakes pages, and Celery, at a Valkey."""
    settings.REDIS_URL = url
    app.conf.broker_url = url
    # what was connected before would be used again
    app._pool = None
    app.amqp._producer_pool = None


def forget_running_installation(state: Path) -> None:
    """Keep tests away from a Signalbox that runs on this machine."""
    os.environ["DATA"] = str(state)
    settings.DATA = state
    settings.TOOL_FOLDER = state / "outside"
    use_valkey("redis://127.0.0.1:1/0")


def empty(url: str) -> None:
    """Remove everything a Valkey holds."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
