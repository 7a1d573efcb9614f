"""What tests of live pages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.integration.orchestration.world import World
from tests.machinery.databases import SECRET


@pytest.fixture
def world(committed_database: object, tmp_path: Path, settings: Settings) -> World:
    """One unit with its people; sessions made here hold in the web server as well."""
    settings.SECRET_KEY = SECRET
    return World(tmp_path)
