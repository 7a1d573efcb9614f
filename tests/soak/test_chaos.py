"""Twenty runs of freight under blows, half of them with a passage that closes midway."""

from __future__ import annotations

import pytest
from pytest_django import DjangoDbBlocker

from tests.acceptance.chaos.ordeal import endure
from tests.machinery.installation import Installation


@pytest.mark.soak
@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(100, 120))
def test_freight_survives_again_and_again(
    installation: Installation, django_db_blocker: DjangoDbBlocker, seed: int
) -> None:
    with django_db_blocker.unblock():
        endure(installation, seed, close="suez" if seed % 2 else "")
