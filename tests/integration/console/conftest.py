"""What tests of pages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from audit import ledger
from audit.entries import Draft
from tests.integration.console.desk import Desk


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write refusals on the test's own connection: on a second one they would outlive the test."""

    def append(draft: Draft) -> str:
        with ledger.transaction():
            return ledger.append(draft)

    monkeypatch.setattr(ledger, "append_autonomous", append)


@pytest.fixture
def desk(db: None, tmp_path: Path, settings: Settings) -> Desk:
    """Two organisations and their people, gone after the test."""
    settings.STATIC_ROOT = tmp_path
    # the real one is slow on purpose, and twenty people are admitted for each test
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return Desk(tmp_path)
