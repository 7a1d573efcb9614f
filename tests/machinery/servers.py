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
from console.standalone.account import server_account
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


def start_postgres() -> Started | None:
    """Start an embedded PostgreSQL and name it in the environment, unless one is named there."""
    if all(os.environ.get(name) for name in GIVEN):
        return None
    raise NotImplementedError


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
    """Point Django's channel layer and Celery at a Valkey."""
    settings.REDIS_URL = url
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [url]
    app.conf.broker_url = url


def empty(url: str) -> None:
    """Remove everything a Valkey holds."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
