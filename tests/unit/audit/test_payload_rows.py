"""Payloads as stored: digests that hold after erasure, and personal leaves nobody else can read."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import PayloadAltered, ProfileViolation
from audit.payload_rows import ERASED, SubjectKey, build, opened

ADA = SubjectKey("key-1", secrets.token_bytes(32))
BO = SubjectKey("key-2", secrets.token_bytes(32))
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def read(prepared: Any, keys: dict[str, bytes] | None = None) -> Any:
    row = prepared.row
    return opened(row["digest"], bytes.fromhex(row["salt"]), row["body"], (keys or {}).get)


@given(values)
def test_any_json_value_comes_back(value: Any) -> None:
    assert read(build(value)) == value


def test_equal_values_have_unequal_digests() -> None:
    assert build({"a": 1}).digest != build({"a": 1}).digest


def test_a_personal_leaf_is_readable_until_its_key_is_destroyed() -> None:
    value = {"to": {"name": "Ada", "lines": ["x", {"iban": "DE00"}]}, "amount": 3}
    prepared = build(value, {"/to/name": [ADA], "/to/lines/1/iban": [ADA]})
    assert "Ada" not in prepared.row["body"]
    assert "DE00" not in prepared.row["body"]
    assert read(prepared, {ADA.id: ADA.secret}) == value
    assert read(prepared) == {"to": {"name": ERASED, "lines": ["x", {"iban": ERASED}]}, "amount": 3}


def test_what_belongs_to_two_people_is_erased_with_either() -> None:
    value = {"letter": "from Ada to Bo", "n": 1}
    prepared = build(value, {"/letter": [ADA, BO]})
    both = {ADA.id: ADA.secret, BO.id: BO.secret}
    assert read(prepared, both) == value
    for left in (ADA, BO):
        assert read(prepared, {left.id: left.secret}) == {"letter": ERASED, "n": 1}
    assert prepared.row["subjects"] == sorted(both)


def test_a_whole_value_and_a_part_of_it_may_be_personal() -> None:
    prepared = build({"name": "Ada", "of": {"x": 1}}, {"": [ADA], "/of": [BO], "/of/x": [ADA]})
    both = {ADA.id: ADA.secret, BO.id: BO.secret}
    assert read(prepared, both) == {"name": "Ada", "of": {"x": 1}}
    assert read(prepared, {ADA.id: ADA.secret}) == {"name": "Ada", "of": ERASED}
    assert read(prepared) == ERASED


def test_another_persons_key_opens_nothing() -> None:
    prepared = build({"name": "Ada"}, {"/name": [ADA]})
    with pytest.raises(PayloadAltered):
        read(prepared, {ADA.id: secrets.token_bytes(32)})


@pytest.mark.parametrize("column", ["salt", "body"])
def test_an_altered_payload_is_noticed_when_it_is_read(column: str) -> None:
    prepared, other = build({"a": 1}), build({"a": 2})
    prepared.row[column] = other.row[column]
    with pytest.raises(PayloadAltered):
        read(prepared)


@pytest.mark.parametrize(
    "value", [float("nan"), [float("inf")], {"a": object()}, {1: 2}, {"@personal": 1}, 2**70]
)
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(ProfileViolation):
        build(value)


def test_a_payload_beyond_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(ProfileViolation, match="4000000"):
        build("x" * 10_000_000)


@pytest.mark.parametrize("pointer", ["name", "/names", "/to/3", "/to/x"])
def test_a_pointer_that_leads_nowhere_is_refused(pointer: str) -> None:
    with pytest.raises(ProfileViolation, match=r"pointer|nothing"):
        build({"name": "Ada", "to": ["x"]}, {pointer: [ADA]})
