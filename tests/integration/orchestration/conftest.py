"""The small world the tests of this folder live in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.orchestration.world import World


@pytest.fixture
def world(committed_database: object, tmp_path: Path) -> World:
    """A fresh database with one unit and its people."""
    return World(tmp_path)
