"""Fifty random honest histories of the ledger, none of which may raise an alarm."""

from __future__ import annotations

import pytest
from django.db import connections

from tests.conftest import _use
from tests.integration.audit.conftest import History, history
from tests.integration.audit.test_adversity import elsewhere
from tests.integration.audit.test_clean_histories import live
from tests.machinery.clusters import Cluster

__all__ = ["elsewhere", "history"]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_an_honest_history_raises_no_alarm(history: History, elsewhere: Cluster, seed: int) -> None:
    back = history.database
    live(history, seed, elsewhere)
    connections.close_all()
    _use(back)
