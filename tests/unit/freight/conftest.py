"""Fixtures for freight tests: runs in memory over the real handlers and tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.blueprints.freight import BLUEPRINT
from tests.unit.freight.small_runtime import Refuse, Run

Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a run: `start(seed, refuse=..., shipments=..., budget_percent=...)`."""

    def started(seed: int = 7, refuse: Refuse | None = None, **options: Any) -> Run:
        run = Run(tmp_path, refuse or (lambda _tool, _arguments: ""))
        run.start(BLUEPRINT.template("restock").make_input(seed, options))
        return run

    return started
