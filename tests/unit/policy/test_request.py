"""The canonical form of a request: what policies see and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from orchestration.errors import InvalidInput
from orchestration.policy.request import LIMIT_BYTES, Request, moment
from orchestration.policy.sample import sample_request

SAMPLE = sample_request({})


def make(arguments: Any, **known: Any) -> Request:
    return Request.of(
        {**SAMPLE.act, "arguments": arguments},
        SAMPLE.agent,
        SAMPLE.unit,
        goal=SAMPLE.goal,
        task=SAMPLE.task,
        **known,
    )


def test_the_order_of_keys_changes_nothing() -> None:
    assert make({"a": 1, "b": 2}).canonical() == make({"b": 2, "a": 1}).canonical()


def test_policies_see_the_canonical_form_and_not_what_was_handed_in() -> None:
    request = make({"pair": (1, 2)})

    assert request.act["arguments"] == {"pair": [1, 2]}


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": 2**64},
        {"n": -(2**63) - 1},
        {"t": "\ud800"},
        {"o": object()},
        {1: "a key that is no text"},
        {"s": {1, 2}},
    ],
    ids=["too large", "too small", "half a character", "an object", "a number as key", "a set"],
)
def test_what_has_no_canonical_form_is_refused(arguments: Any) -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        make(arguments)


def test_arguments_nested_without_end_are_refused() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]

    with pytest.raises(InvalidInput):
        make(deep)


def test_a_request_of_ten_megabytes_is_refused_by_its_size() -> None:
    with pytest.raises(InvalidInput, match=f"the most is {LIMIT_BYTES}"):
        make({"text": "x" * 10_000_000})


def test_bytes_that_are_no_request_are_refused() -> None:
    for text in (b"", b"[]", b"{}", b'{"act": 1}', b"\xff"):
        with pytest.raises(InvalidInput, match="not a canonical request"):
            Request.parse(text)


@pytest.mark.parametrize(
    "given",
    [
        {"act": {"labels": [1]}},
        {"act": {"labels": {"payee": "untrusted"}}},
        {"act": {"origin": "a page"}},
        {"facts": [1]},
        {"approvals": {}},
    ],
)
def test_a_request_of_the_wrong_shape_is_refused_before_it_is_decided(given: Any) -> None:
    with pytest.raises(InvalidInput, match="not a canonical request"):
        sample_request(given)


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    oslo = timezone(timedelta(hours=2))

    assert moment(datetime(2026, 7, 1, 12, 0, 5, 999, tzinfo=oslo)) == "2026-07-01T10:00:05Z"
    assert make({}, at=datetime(2026, 7, 1, tzinfo=UTC)).at == "2026-07-01T00:00:00Z"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        moment(datetime(2026, 7, 1))  # noqa: DTZ001


def test_a_path_that_leads_nowhere_finds_nothing() -> None:
    request = make({"a": {"b": 1}})

    assert request.lookup(("act", "arguments", "a", "b")) == 1
    assert request.lookup(("act", "arguments", "a", "b", "c")) is None
    assert request.lookup(("act", "arguments", "zzz")) is None
    assert request.lookup(("agent", "organisation")) == "demo"


def test_a_sample_with_an_unknown_part_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="no part 'acts'"):
        sample_request({"acts": {}})
