"""Trees, proofs and tiles: laws for all sizes, and agreement with others' implementations."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    perfect_root,
    range_hash,
)
from audit.tiles import WIDTH, Edge, widths

VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the test tree of the Certificate Transparency reference code."""

VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Its roots at sizes 1 to 8, as published."""

sizes = st.integers(min_value=1, max_value=700)


class Leaves:
    """Nodes computed from leaf hashes in memory."""

    def __init__(self, count: int) -> None:
        self.hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]

    def node(self, height: int, index: int) -> bytes:
        return perfect_root(self.hashes[index << height : (index + 1) << height])


EVERY = Leaves(701)


def root_of(size: int) -> bytes:
    return range_hash(EVERY, 0, size)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_published_for_certificate_transparency(size: int) -> None:
    frontier = Frontier()
    for leaf in VECTOR_LEAVES[:size]:
        frontier.add(leaf_hash(leaf))
    assert frontier.root().hex() == VECTOR_ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert Frontier().root() == Edge().root() == EMPTY_ROOT
    assert base64.b64encode(EMPTY_ROOT) == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@given(sizes)
def test_roots_agree_with_pymerkle(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(number.to_bytes(4, "big"))
    assert other.get_root() == root_of(size)


@given(sizes)
def test_three_ways_to_a_root_agree(size: int) -> None:
    frontier, edge = Frontier(), Edge()
    for leaf in EVERY.hashes[:size]:
        frontier.add(leaf)
    edge.extend(EVERY.hashes[:size])
    assert frontier.root() == edge.root() == root_of(size)


@given(st.data(), sizes)
def test_every_leaf_can_be_proven_and_no_altered_proof_is_believed(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(EVERY, index, size)
    leaf, root = EVERY.hashes[index], root_of(size)
    assert is_included(leaf, index, size, proof, root)
    assert not is_included(EVERY.hashes[700], index, size, proof, root)
    assert not is_included(leaf, index, size, [*proof, leaf], root)
    if proof:
        step = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(proof[step], "big") ^ (1 << bit)).to_bytes(32, "big")
        assert not is_included(
            leaf, index, size, [*proof[:step], flipped, *proof[step + 1 :]], root
        )
        assert not is_included(leaf, index, size, proof[:-1], root)


@given(st.data(), sizes)
def test_a_tree_is_shown_to_continue_an_earlier_one_and_no_other(
    data: st.DataObject, size: int
) -> None:
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(EVERY, old, size)
    assert is_consistent(old, root_of(old), size, root_of(size), proof)
    assert not is_consistent(old, leaf_hash(b"other"), size, root_of(size), proof)
    assert not is_consistent(old, root_of(old), size, leaf_hash(b"other"), proof)
    if proof:
        assert not is_consistent(old, root_of(old), size, root_of(size), proof[:-1])


@given(st.lists(st.integers(0, 400), max_size=6))
def test_tiles_do_not_depend_on_how_leaves_arrived(portions: list[int]) -> None:
    total = min(sum(portions), 700)
    edge, done, tiles = Edge(), 0, []
    for portion in portions:
        take = min(portion, total - done)
        tiles += edge.extend(EVERY.hashes[done : done + take])
        done += take
    assert [tile.number for tile in tiles] == list(range(total // WIDTH))
    assert edge.root() == (root_of(total) if total else EMPTY_ROOT)


def test_a_tile_of_tiles_fills_after_two_to_the_sixteen_leaves() -> None:
    edge = Edge()
    leaf = leaf_hash(b"")
    tiles = edge.extend([leaf] * (WIDTH * WIDTH))
    assert [(tile.level, tile.number) for tile in tiles[-2:]] == [(0, 255), (1, 0)]
    assert edge.root() == tiles[-1].root
    assert widths(WIDTH * WIDTH + 3) == [(256, 3), (1, 0), (0, 1)]


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(EVERY, index, size)
    assert not is_included(EVERY.hashes[0], index, size, [], EVERY.hashes[0])
