"""Labels travel with data, leaf by leaf."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestration.policy.labels import Seen, labels_at, leaves

PAGE = {"account": "DE02 1203", "title": "Pay here", "figures": [7, 8]}
ORDER = {"account": "NO93 8601", "amount": 500}


def seen_both() -> Seen:
    seen = Seen()
    seen.add(ORDER, {}, "the order")
    seen.add(PAGE, {"": ["untrusted"]}, "web.read, step 3")
    return seen


def test_a_value_found_on_a_page_keeps_the_pages_label_and_origin() -> None:
    labels, origin = seen_both().trace({"payee": "DE02 1203"})

    assert labels == {"payee": ["untrusted"]}
    assert origin == {"payee": "web.read, step 3"}


def test_the_same_payment_with_the_account_of_the_order_is_clean() -> None:
    labels, origin = seen_both().trace({"payee": "NO93 8601", "amount": 500})

    assert labels == {}
    assert origin == {"payee": "the order", "amount": "the order"}


def test_a_value_made_from_something_unknown_carries_all_that_was_seen() -> None:
    labels, origin = seen_both().trace({"payee": "DE02-1203"})

    assert labels == {"payee": ["untrusted"]}
    assert origin == {}


def test_nothing_seen_nothing_labelled() -> None:
    assert Seen().trace({"payee": "x", "list": [1, {"a": None}]}) == ({}, {})


def test_a_value_in_both_places_carries_the_labels_of_both() -> None:
    seen = seen_both()
    seen.add({"account": "NO93 8601"}, {"account": ["untrusted"]}, "a mail")

    labels, origin = seen.trace(["NO93 8601"])

    assert labels == {"0": ["untrusted"]}
    assert origin == {"0": "the order"}


def test_labels_belong_to_leaves_and_not_to_their_neighbours() -> None:
    seen = Seen()
    seen.add({"who": {"name": "Ada", "unit": "demo"}}, {"who.name": ["personal"]}, "crm")

    labels, _ = seen.trace({"to": "Ada", "unit": "demo"})

    assert labels == {"to": ["personal"]}


def test_a_label_on_what_holds_a_leaf_covers_the_leaf() -> None:
    labels = {"": ["a"], "who": ["b"], "who.name": ["c"], "whom": ["d"], "who.name.first": ["e"]}

    assert labels_at(labels, "who.name") == {"a", "b", "c"}


def test_numbers_are_equal_by_value_and_texts_are_not_numbers() -> None:
    seen = Seen()
    seen.add({"n": 7}, {"n": ["untrusted"]}, "page")
    seen.add({"t": "8", "yes": True, "one": 1.0}, {}, "order")

    labels, _ = seen.trace({"float": 7.0, "text": "8", "truth": True, "one": 1})

    assert labels == {"float": ["untrusted"]}


def test_through_a_message_the_label_stays_and_the_payment_is_seen_for_what_it_is() -> None:
    sender = seen_both()
    body = {"please pay": "DE02 1203"}
    carried, _ = sender.trace(body)

    receiver = Seen()
    receiver.add(body, carried, "message from reader")

    assert receiver.trace({"payee": "DE02 1203"})[0] == {"payee": ["untrusted"]}


def test_leaves_come_in_order_with_their_paths() -> None:
    value = {"a": [1, {"b": 2}], "c": {}, "d": [], "e": "x"}

    assert list(leaves(value)) == [("a.0", 1), ("a.1.b", 2), ("c", {}), ("d", []), ("e", "x")]
    assert list(leaves(5)) == [("", 5)]


def test_deeply_nested_values_are_walked_without_recursion() -> None:
    deep: Any = 1
    for _ in range(50_000):
        deep = [deep]

    assert sum(1 for _ in leaves(deep)) == 1


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=6,
)


sources = st.lists(st.tuples(values, st.sampled_from([[], ["p"], ["u"]])), max_size=4)


@given(sources, values, st.randoms(use_true_random=False))
def test_the_order_in_which_sources_were_seen_changes_no_label(
    given: list[Any], used: Any, random: Any
) -> None:
    one, other = Seen(), Seen()
    for value, labels in given:
        one.add(value, {"": labels}, "source")
    for value, labels in random.sample(given, len(given)):
        other.add(value, {"": labels}, "source")

    assert one.trace(used)[0] == other.trace(used)[0]


@given(sources, values)
def test_a_leaf_is_labelled_with_nothing_that_was_not_seen_and_all_if_it_matches_nothing(
    given: list[Any], used: Any
) -> None:
    seen = Seen()
    for value, labels in given:
        seen.add(value, {"": labels}, "source")

    found, origins = seen.trace(used)

    everything = {label for _, labels in given for label in labels}
    for path, _ in leaves(used):
        assert set(found.get(path, [])) <= everything
        if path not in origins:
            assert set(found.get(path, [])) == everything


def test_an_endorsed_value_loses_the_label_and_nothing_else_does() -> None:
    seen = seen_both()
    seen.endorse("DE02 1203", "untrusted")

    labels, origin = seen.trace({"payee": "DE02 1203", "title": "Pay here", "made": "DE02-1203"})

    assert labels == {"title": ["untrusted"], "made": ["untrusted"]}
    assert origin["payee"] == "web.read, step 3"


def test_endorsing_what_was_never_seen_takes_off_only_the_label_named() -> None:
    seen = seen_both()
    seen.add({"name": "Ada"}, {"name": ["personal"]}, "crm")
    seen.endorse("made up", "untrusted")

    assert seen.trace("made up")[0] == {"": ["personal"]}
