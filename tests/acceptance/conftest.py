"""Fixtures for tests that run the whole of Signalbox."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machinery.installation import Installation


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An installation that was never started, in a folder whose path has blanks in it."""
    # Not in pytest's own folder: that is closed to the account the servers run as under root.
    home = Path(tempfile.mkdtemp(prefix="signalbox up "))
    home.chmod(0o755)
    made = Installation(home / "state")
    yield made
    made.destroy()
    shutil.rmtree(home)
