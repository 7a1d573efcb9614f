"""Fixtures for freight tests: runs in memory over the real handlers and tools."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.blueprints.freight import BLUEPRINT
from tests.unit.freight.small_runtime import Refuse, Run

Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start a run: `start(seed, refuse=..., shipments=..., budget_percent=...)`.

    With `strict` every call and answer is checked against its schema. Nothing waits for the disk.
    """
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)

    def started(
        seed: int = 7, refuse: Refuse | None = None, *, strict: bool = False, **options: Any
    ) -> Run:
        run = Run(tmp_path, refuse or (lambda _tool, _arguments: ""), strict=strict)
        run.start(BLUEPRINT.template("restock").make_input(seed, options))
        return run

    return started
