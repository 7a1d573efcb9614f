"""Bargaining: limits are kept, concessions are monotonic, and limits decide whether there is a
deal.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.blueprints.freight.domain.bargaining import ROUNDS, Side, answer, buyer, seller

PRICES = st.integers(100_00, 100_000_00)


def bargain(ours: Side, theirs: Side) -> int | None:
    """Alternate offers until somebody accepts or leaves."""
    for at_round in range(1, ROUNDS + 1):
        said = answer(theirs, ours.offer(at_round), at_round)
        if said.verdict == "accepted":
            return said.price_minor
    return None


@given(PRICES, st.floats(0.3, 3), st.floats(0.3, 3), st.integers(60, 120), st.integers(70, 110))
def test_a_deal_keeps_both_limits_and_is_found_whenever_there_is_room(
    listed, our_pace, their_pace, our_limit, their_floor
):
    ours = Side(listed * 80 // 100, max(listed * our_limit // 100, listed * 80 // 100), our_pace)
    theirs = Side(listed * 115 // 100, listed * their_floor // 100, their_pace)
    price = bargain(ours, theirs)
    if ours.limit_minor >= theirs.limit_minor:
        assert theirs.limit_minor <= price <= ours.limit_minor
    else:
        assert price is None


@given(PRICES, st.floats(0.3, 3))
def test_no_side_ever_takes_a_concession_back(listed, pace):
    ours, theirs = Side(listed * 80 // 100, listed, pace), Side(listed * 110 // 100, listed, pace)
    bids = [ours.offer(at_round) for at_round in range(1, ROUNDS + 3)]
    asks = [theirs.offer(at_round) for at_round in range(1, ROUNDS + 3)]
    assert bids == sorted(bids)
    assert asks == sorted(asks, reverse=True)
    assert bids[-1] == asks[-1] == listed


def test_the_supplier_gives_way_to_volume_and_differs_by_seed():
    small, large = (seller("yangtze", 18_000_00, teu, seed=7) for teu in (2, 40))
    assert large.limit_minor < small.limit_minor
    assert len({seller("yangtze", 18_000_00, 2, seed).limit_minor for seed in range(30)}) > 5


def test_a_buyer_whose_limit_lies_under_the_floor_gets_no_deal():
    theirs = seller("mekong", 32_000_00, 4, seed=1)
    assert bargain(buyer(32_000_00, theirs.limit_minor - 1), theirs) is None
    assert bargain(buyer(32_000_00, theirs.limit_minor), theirs) == theirs.limit_minor


def test_bargaining_is_worth_it_on_the_whole():
    paid = [
        bargain(buyer(32_000_00, 32_000_00), seller("mekong", 32_000_00, 4, seed))
        for seed in range(40)
    ]
    assert max(paid) <= 32_000_00
    assert sum(paid) < 0.98 * 40 * 32_000_00
