"""Legal moves are those of the table and no others."""

from __future__ import annotations

import itertools

import pytest

from orchestration import lifecycle
from orchestration.errors import IllegalTransition

PAIRS = [
    (kind, source, target)
    for kind, table in lifecycle.TRANSITIONS.items()
    for source, target in itertools.product(table, repeat=2)
]


@pytest.mark.parametrize(("kind", "source", "target"), PAIRS)
def test_a_move_is_allowed_if_and_only_if_the_table_has_it(
    kind: str, source: str, target: str
) -> None:
    legal = target in lifecycle.TRANSITIONS[kind][source]
    assert lifecycle.may_become(kind, source, target) is legal
    assert (source in lifecycle.sources_of(kind, target)) is legal
    if legal:
        lifecycle.require(kind, source, target)
    else:
        with pytest.raises(IllegalTransition, match=f"{source} cannot become {target}"):
            lifecycle.require(kind, source, target)


def test_every_state_that_can_be_reached_is_in_the_table() -> None:
    for table in lifecycle.TRANSITIONS.values():
        assert set().union(*table.values()) <= set(table)
