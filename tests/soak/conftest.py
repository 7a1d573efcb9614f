"""Long runs use the fixtures of the short ones."""

from __future__ import annotations

from tests.acceptance.conftest import installation

__all__ = ["installation"]
