"""The small world the tests of this folder live in."""

from __future__ import annotations

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
