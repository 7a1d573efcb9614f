"""Shares with their uncertainty, and agreement beyond chance, against figures worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.reviewing.agreement import agreement, share


def test_a_share_has_the_interval_of_wilson() -> None:
    """Ten of a hundred: 5.52 % to 17.44 %, as tables of the score interval have it."""
    found = share(10, 100)
    assert found is not None
    assert (found.low, found.high) == (
        pytest.approx(0.0552, abs=1e-4),
        pytest.approx(0.1744, abs=1e-4),
    )


@given(st.integers(1, 5000), st.data())
def test_the_interval_holds_the_share_and_stays_a_share(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    found = share(part, whole)
    assert found is not None
    assert -1e-9 <= found.low - 1e-9 <= part / whole <= found.high + 1e-9 <= 1 + 1e-8


def test_nothing_has_no_share() -> None:
    assert share(0, 0) is None
    assert agreement([]).kappa is None


def test_agreement_beyond_chance() -> None:
    """Four pairs, three alike; chance (5/8)² + (3/8)² = 34/64, so kappa is (0.75 - 0.53) / 0.47."""
    pairs = [("agree", "agree"), ("agree", "agree"), ("no", "no"), ("agree", "no")]
    found = agreement(pairs)
    assert (found.pairs, found.alike) == (4, 3)
    assert found.kappa == pytest.approx((0.75 - 34 / 64) / (1 - 34 / 64))


def test_agreement_that_chance_alone_explains_says_nothing() -> None:
    assert agreement([("agree", "agree")] * 5).kappa is None
