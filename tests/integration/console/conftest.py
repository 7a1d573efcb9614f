"""What tests of pages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.integration.console.desk import Desk


@pytest.fixture
def desk(db: None, tmp_path: Path, settings: Settings) -> Desk:
    """Two organisations and their people, gone after the test."""
    settings.STATIC_ROOT = tmp_path
    # the real one is slow on purpose, and twenty people are admitted for each test
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return Desk(tmp_path)
