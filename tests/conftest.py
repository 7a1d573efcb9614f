"""Fixtures for all tests: databases, Valkey, real programs, a browser.

Servers are taken from DATABASE_URL and DATABASE_OWNER_URL if they are set; otherwise an embedded
PostgreSQL is started when the first test asks for a database. Valkey is always our own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from pytest_django import DjangoDbBlocker

from console.databases import database as database_settings
from tests.machinery import chromium, databases, servers
from tests.machinery.databases import Database
from tests.machinery.programs import Programs

RUN = "SIGNALBOX_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Name this run once, for all of its workers, and start shared servers before they fork off."""
    servers.forget_running_installation(Path(tempfile.gettempdir()) / "signalbox-no-state")
    if hasattr(config, "workerinput"):
        return
    os.environ[RUN] = databases.run_name()
    if getattr(config.option, "dist", "no") != "no":
        config.stash[servers.SHARED] = servers.start_postgres()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what all workers of the run shared, and stop the servers they shared."""
    if getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput"):
        databases.drop_run(servers.given_postgres(), os.environ[RUN], shared=False)
    shared = config.stash.get(servers.SHARED, None)
    if shared:
        shared.stop()


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """Tells test workers apart: `gw0`, `gw1`, …, or `main`."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """The PostgreSQL server tests make their databases on."""
    started = servers.start_postgres()
    yield servers.given_postgres()
    if started:
        started.stop()


@pytest.fixture(scope="session")
def template(postgres: Database) -> Iterator[str]:
    """The name of a migrated database with the baseline installed."""
    yield databases.template(postgres, os.environ[RUN])
    databases.drop_run(postgres, os.environ[RUN], shared="PYTEST_XDIST_WORKER" in os.environ)


def _use(database: Database) -> None:
    """Point Django at a database."""
    wanted = database_settings(database.url, runs_as="command")
    for alias in ("default", "autonomous"):
        connections[alias].close()
        kept = {"TEST": connections.settings[alias]["TEST"]}
        connections.settings[alias].update(wanted | kept)


@pytest.fixture(scope="session")
def worker_database(postgres: Database, template: str, worker_name: str) -> Iterator[Database]:
    """The database of this test worker, for tests that roll back."""
    name = f"sbt_{os.environ[RUN]}_{worker_name}"
    yield databases.clone(postgres, template, name)
    for alias in ("default", "autonomous"):
        connections[alias].close()
    databases.drop(postgres, name)


@pytest.fixture(scope="session")
def django_db_setup(worker_database: Database, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests marked `django_db` run in a transaction on the worker's own database."""
    with django_db_blocker.unblock():
        _use(worker_database)


_numbers = count(1)


@pytest.fixture
def committed_database(
    worker_database: Database,
    postgres: Database,
    template: str,
    django_db_blocker: DjangoDbBlocker,
    redis_url: str,
) -> Iterator[Database]:
    """A database of its own for one test that commits; Django is connected to it."""
    name = f"{worker_database.name}_{next(_numbers)}"
    fresh = databases.clone(postgres, template, name)
    with django_db_blocker.unblock():
        _use(fresh)
        yield fresh
        connections.close_all()
        _use(worker_database)
    databases.drop(postgres, name)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Valkey that only this test worker uses; Django and Celery use it too."""
    server = servers.start_valkey(tmp_path_factory.mktemp("valkey"))
    servers.use_valkey(server.url)
    yield server.url
    server.stop()


@pytest.fixture
def redis_url(valkey: str) -> str:
    """The URL of an empty Valkey."""
    servers.empty(valkey)
    return valkey


@pytest.fixture
def programs(
    committed_database: Database, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Programs]:
    """Starts real programs on the test's own database; all of them end with the test."""
    environment = {
        **committed_database.environment(),
        "REDIS_URL": redis_url,
        "DATA": str(tmp_path / "state"),
    }
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(settings, "DATA", tmp_path / "state")
    monkeypatch.setattr(settings, "TOOL_FOLDER", tmp_path / "state" / "outside")
    started = Programs(environment, tmp_path)
    yield started
    started.stop()


@pytest.fixture
def workers(programs: Programs) -> Programs:
    """A Celery worker for `work` and one for `control`, with the clock that drives the sweep."""
    programs.worker(queues="work")
    programs.worker(queues="control", slots=1)
    programs.beat()
    return programs


@pytest.fixture
def console_server(programs: Programs) -> str:
    """The address of a real web server on the test's own database, without a slash at its end."""
    _program, address = programs.web()
    return address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium. Django may be used beside it, although Playwright runs a loop in this thread."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.FLAGS
        )
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Any, console_server: str) -> Iterator[Any]:
    """An empty page of the console; the test fails if the page wrote anything to its console.

    What a browser itself notes of a form that was refused with its faults (422) does not count.
    """
    context = browser.new_context(base_url=console_server)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: said.append(f"error: {error}"))
    yield opened
    context.close()
    assert [line for line in said if "the server responded with a status of 422" not in line] == []
