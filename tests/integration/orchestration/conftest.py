"""The small world the tests of this folder live in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.integration.orchestration.world import World


@pytest.fixture
def world(committed_database: object, tmp_path: Path) -> World:
    """A fresh database with one unit and its people."""
    return World(tmp_path)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Hash passwords the quick way: nobody signs in here, and the slow way takes most of a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ledger_that_refuses(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager]:
    """While open, the database refuses every entry when it is to be inserted."""

    @contextmanager
    def refusing() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr("audit.entries.instant", lambda when: "no moment at all")
            yield

    return refusing
