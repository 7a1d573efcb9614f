"""Whatever is killed when: no effect twice, no step lost, changes have entries, nothing hangs."""

from __future__ import annotations

import pytest
from pytest_django import DjangoDbBlocker

from tests.acceptance.chaos.ordeal import endure
from tests.machinery.installation import Installation


@pytest.mark.chaos
@pytest.mark.parametrize(("seed", "close"), [(3, ""), (9, "suez")])
def test_freight_survives_the_death_of_any_program_at_any_moment(
    installation: Installation, django_db_blocker: DjangoDbBlocker, seed: int, close: str
) -> None:
    with django_db_blocker.unblock():
        endure(installation, seed, close=close)
