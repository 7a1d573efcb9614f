"""Numbers, money, sizes, times and JSON as people read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.presenters import formats

NOW = datetime(2026, 11, 21, 14, 45, tzinfo=UTC)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1_240_000, "USD", "12,400.00 USD"),
        (5, "EUR", "0.05 EUR"),
        (-1_050, "USD", "-10.50 USD"),
        (12_400, "JPY", "12,400 JPY"),
        (12_400, "KWD", "12.400 KWD"),
        (99, "", "0.99"),
    ],
)
def test_minor_units_are_written_with_the_decimals_of_their_currency(minor, currency, text):
    assert formats.money(minor, currency) == text


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_no_amount_is_rounded(minor):
    digits = formats.money(minor, "USD").removesuffix(" USD").replace(",", "").replace(".", "")
    assert int(digits) == minor


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0084, "8 ms"),
        (1.2, "1.2 s"),
        (59, "59 s"),
        (252, "4 min 12 s"),
        (3600, "1 h"),
        (4320, "1 h 12 min"),
        (90_000, "1 d 1 h"),
        (-60, "-1 min"),
    ],
)
def test_a_span_is_written_in_its_two_largest_units(seconds, text):
    assert formats.duration(seconds) == text
    assert formats.duration(timedelta(seconds=seconds)) == text


def test_a_moment_is_told_by_its_distance_from_now():
    assert formats.ago(NOW - timedelta(minutes=4), NOW) == "4 min ago"
    assert formats.ago(NOW + timedelta(seconds=90), NOW) == "in 1 min"
    assert formats.ago(NOW, NOW) == "now"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (48_312, "48.3 kB"), (10_000_000, "10.0 MB")]
)
def test_bytes_are_counted_in_thousands(count, text):
    assert formats.size(count) == text


def test_only_long_secrets_show_their_ends():
    assert formats.masked("DE89370400440532013000") == "DE89 •••• 3000"
    assert formats.masked("hunter2") == "••••"


def test_masked_leaves_are_hidden_and_the_others_kept():
    shown = formats.pretty({"payee": {"iban": "DE89", "name": "Ö"}}, ["payee.iban"])
    assert json.loads(shown) == {"payee": {"iban": "••••", "name": "Ö"}}


def test_a_leaf_inside_a_list_is_masked_by_its_position():
    assert formats.hide({"to": ["a@x", "b@x"]}, {"to.1"}) == {"to": ["a@x", "••••"]}


@given(json_values)
def test_what_is_not_masked_is_shown_unchanged(value):
    assert json.loads(formats.pretty(value)) == value
