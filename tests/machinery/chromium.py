"""Finds a Chromium to drive, or says how to get one."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "apt-get install -y --no-install-recommends chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def executable() -> str:
    """The path of a Chromium; root gets Debian's package installed, others are told how."""
    found = _installed()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
        subprocess.run(INSTALL.split(), check=False, capture_output=True)
        found = _installed()
    if not found:
        pytest.fail(f"The browser tests need Chromium; as root run: {INSTALL}", pytrace=False)
    return found


def _installed() -> str:
    return next((path for path in map(shutil.which, NAMES) if path), "")
