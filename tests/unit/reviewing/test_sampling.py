"""Samples that anybody can draw again, and in which risk weighs what its factors say."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.reviewing.sampling import FACTORS, Candidate, draw, weight

traits = st.lists(st.sampled_from(sorted(FACTORS)), unique=True, max_size=3).map(tuple)
populations = st.dictionaries(st.uuids().map(str), traits, max_size=60).map(
    lambda found: [Candidate(key, given) for key, given in found.items()]
)


@given(populations, st.text(max_size=10), st.integers(1, 20), st.booleans(), st.randoms())
def test_the_same_seed_draws_the_same_whatever_the_order(
    population: list[Candidate], seed: str, size: int, weighted: bool, chance: object
) -> None:
    first = draw(population, seed=seed, size=size, weighted=weighted)
    shuffled = [*population]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert draw(shuffled, seed=seed, size=size, weighted=weighted) == first
    drawn = [one.candidate for one in first.drawn]
    assert first.population == len(population)
    assert len(drawn) == len(set(drawn)) == min(size, len(population))
    assert set(drawn) <= set(population)


@given(populations, st.integers(1, 10), st.booleans())
def test_a_larger_sample_begins_with_the_smaller_one(
    population: list[Candidate], size: int, weighted: bool
) -> None:
    small = draw(population, seed="s", size=size, weighted=weighted).drawn
    large = draw(population, seed="s", size=size + 5, weighted=weighted).drawn
    assert large[: len(small)] == small


def test_the_first_drawn_is_chosen_in_proportion_to_its_weight() -> None:
    """Of two decisions with weights 1 and 4 the second comes first in four cases of five."""
    pair = [Candidate("plain"), Candidate("final", ("irreversible",))]
    first = Counter(
        draw(pair, seed=str(seed), size=1, weighted=True).drawn[0].candidate.id
        for seed in range(4000)
    )
    assert first["final"] / 4000 == pytest.approx(0.8, abs=0.03)


def test_at_random_no_trait_counts() -> None:
    pair = [Candidate("plain"), Candidate("final", ("irreversible", "high-risk"))]
    first = Counter(
        draw(pair, seed=str(seed), size=1, weighted=False).drawn[0].candidate.id
        for seed in range(4000)
    )
    assert first["final"] / 4000 == pytest.approx(0.5, abs=0.03)


def test_a_weight_is_the_product_of_its_factors() -> None:
    assert weight(()) == 1
    assert weight(("irreversible", "held", "high-risk")) == 24
    with pytest.raises(KeyError):
        weight(("charming",))
