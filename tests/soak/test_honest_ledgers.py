"""Fifty random honest histories of the ledger, none of which may raise an alarm."""

from __future__ import annotations

import pytest

from tests.integration.audit.conftest import History, history
from tests.integration.audit.test_clean_histories import live

__all__ = ["history"]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_an_honest_history_raises_no_alarm(history: History, seed: int) -> None:
    live(history, seed)
