"""Fixtures for tests that run the whole of Signalbox."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.machinery.installation import Installation


@contextmanager
def _folder() -> Iterator[Installation]:
    # Not in pytest's own folder: that is closed to the account the servers run as under root.
    home = Path(tempfile.mkdtemp(prefix="signalbox up "))
    home.chmod(0o755)
    made = Installation(home / "state")
    yield made
    made.destroy()
    shutil.rmtree(home)


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An installation that was never started, in a folder whose path has blanks in it."""
    with _folder() as made:
        yield made


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    """An installation that runs, for tests that leave it running."""
    with _folder() as made:
        made.up()
        yield made
