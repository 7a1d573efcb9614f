"""Landed cost, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.blueprints.freight.domain.costs import (
    Cargo,
    divided,
    landed_cost,
    speed_permille,
)

WAY = {"sea_km": 19_610, "road_km": 0, "passages": ("malacca", "suez"), "service": "standard"}


def test_a_cost_worked_out_by_hand():
    cost = landed_cost(Cargo(teu=6, goods_minor=10_800_000, duty_bps=450), **WAY)
    assert cost.freight_minor == 823_620  # 6 * 19,610 km * 7 cents
    assert cost.canal_minor == 39_000  # 6 * 65.00, Suez only
    assert cost.handling_minor == 150_000  # 6 * 250.00
    assert cost.road_minor == 0
    assert cost.payable_minor == 1_012_620
    # 110 % of 11,623,620 is 12,785,982; 30 basis points of it are 38,357.9
    assert cost.insurance_minor == 38_358
    # 450 basis points of 10,800,000 + 823,620 + 38,358 are 524,789.01
    assert cost.duty_minor == 524_789
    assert cost.logistics_minor == 1_012_620 + 38_358 + 524_789
    assert cost.to_json()["total_minor"] == 10_800_000 + cost.logistics_minor


def test_panama_is_dearer_than_suez_and_a_strait_is_free():
    cargo = Cargo(2, 1_000_000, 0)
    dues = [
        landed_cost(cargo, **{**WAY, "passages": way}).canal_minor
        for way in (("panama",), ("suez",), ("malacca",))
    ]
    assert dues == [18_000, 13_000, 0]


def test_speed_is_paid_by_its_square_on_the_fuel_share():
    # fuel is 450 of 1000 at 16 knots: (20/16)^2 * 450 = 703, (12/16)^2 * 450 = 253
    assert {name: speed_permille(name) for name in ("express", "standard", "slow")} == {
        "express": 1253,
        "standard": 1000,
        "slow": 803,
    }


@given(st.integers(1, 400), st.integers(0, 10**9), st.integers(0, 5_000), st.integers(1, 40_000))
def test_amounts_are_whole_cents_and_more_containers_cost_more(teu, goods, duty, km):
    way = {**WAY, "sea_km": km}
    small = landed_cost(Cargo(teu, goods, duty), **way)
    large = landed_cost(Cargo(teu + 1, goods, duty), **way)
    assert all(type(part) is int and part >= 0 for part in small.to_json().values())
    assert large.payable_minor > small.payable_minor


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_division_rounds_half_up(number, by):
    quotient, rest = divmod(number, by)
    assert divided(number, by) == quotient + (2 * rest >= by)


def test_an_unknown_speed_is_an_error():
    with pytest.raises(KeyError):
        speed_permille("warp")
