"""A real ledger for outsiders to judge; where they are not installed, no test passes for them."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest

from tests.integration.audit.conftest import history

__all__ = ["history"]

DEMANDED = "VERIFY_OUTSIDE"
"""Set by `make verify-outside`: what is missing fails then, instead of being left out."""


def outsider(name: str) -> ModuleType:
    """A package of requirements-outside.txt."""
    if os.environ.get(DEMANDED):
        return importlib.import_module(name)
    module: ModuleType = pytest.importorskip(name, reason="`make verify-outside` installs it")
    return module
