"""The canonical profile: what it accepts is written as RFC 8785 says, and the rest is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.canonical import DEEPEST, LARGEST_INTEGER, canonical, instant
from audit.entries import COLUMNS, Actor, Draft, row
from audit.errors import ProfileViolation

keys = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=8)
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=400)
@given(st.dictionaries(keys, values, max_size=6))
def test_canonical_bytes_are_those_of_rfc_8785(value: dict[str, object]) -> None:
    written = canonical(value)
    assert written == rfc8785.dumps(value)
    assert orjson.loads(written) == value


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": 1.0}, "/a"),
        ({"a": [{"b": float("nan")}]}, "/a/0/b"),
        ({"a": 2**53}, "/a"),
        ({"a": -(2**53)}, "/a"),
        ({"é": 1}, "key 'é'"),
        ({1: 1}, "key 1"),
        ({"a": "\x00"}, "/a"),
        ({"a": "\ud800"}, "/a"),
        ({"a": b"x"}, "/a"),
        ({"a": datetime.now(UTC)}, "/a"),
        ({"a": "x" * 70_000}, "store a payload"),
    ],
)
def test_what_has_no_single_form_is_refused_with_its_place(
    value: dict[str, object], where: str
) -> None:
    with pytest.raises(ProfileViolation, match=where):
        canonical(value)


def test_a_value_nested_too_deeply_is_refused() -> None:
    value: dict[str, object] = {}
    for _ in range(DEEPEST - 1):
        value = {"a": value}
    assert canonical(value)
    with pytest.raises(ProfileViolation, match="nested"):
        canonical({"a": value})


def test_a_moment_without_a_time_zone_is_no_evidence() -> None:
    with pytest.raises(ProfileViolation):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    assert instant(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


def about(**more: object) -> Draft:
    given = {
        "kind": "step.allowed",
        "actor": Actor("agent", "a-1", "router"),
        "subject_kind": "step",
        "subject_id": "s-1",
        "scope": "demo/finance",
    }
    return Draft(**{**given, **more})  # type: ignore[arg-type]


def test_the_body_repeats_every_column_that_has_a_value() -> None:
    made = row(about(revision=3, decision="allow", data={"x": 1}))
    said = orjson.loads("{" + made["body"])
    assert said.pop("data") == {"x": 1}
    assert said == {name: made[name] for name in COLUMNS if made[name] is not None}


def test_the_name_of_a_person_stays_out_of_the_ledger() -> None:
    made = row(about(actor=Actor("person", "p-1", "Ada Lovelace")))
    assert "Lovelace" not in str(made)
    assert row(about())["actor_name"] == "router"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"subject_id": ""},
        {"actor": Actor("robot", "r-1")},
        {"actor": Actor("agent", "")},
        {"goal": "no uuid"},
        {"parent": "12"},
        {"data": {"distance": 1.5}},
    ],
)
def test_a_draft_that_says_too_little_or_too_much_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProfileViolation):
        row(about(**wrong))


def test_identifiers_are_written_in_one_form() -> None:
    made = row(about(goal="0190B0A0000070008000000000000000"))
    assert made["goal"] == "0190b0a0-0000-7000-8000-000000000000"
