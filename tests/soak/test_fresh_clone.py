"""A fresh clone with nothing but Python, make and a package index ends ready."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machinery import installation as machinery
from tests.machinery.databases import ROOT
from tests.machinery.installation import Installation

pytestmark = pytest.mark.soak


@pytest.fixture
def clone() -> Iterator[Path]:
    """A clone of the last commit in a folder whose path has blanks in it."""
    home = Path(tempfile.mkdtemp(prefix="signalbox clone "))
    home.chmod(0o755)
    subprocess.run(["git", "clone", "-q", str(ROOT), str(home / "project")], check=True)
    yield home / "project"
    shutil.rmtree(home)


def test_make_run_installs_everything_and_ends_ready(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machinery, "START_SECONDS", 600)
    made = Installation(clone / ".signalbox", {"DATA": ""}, command=("make", "-C", str(clone)))
    try:
        made.up()
        assert made.healthy()
    finally:
        made.destroy()
