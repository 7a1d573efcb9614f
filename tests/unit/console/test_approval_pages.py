"""What people see before they decide: arguments whole, secrets masked, rules with their values."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.presenters import approvals
from orchestration.policy.labels import leaves

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_amounts_in_minor_units_are_put_as_people_write_money() -> None:
    text = "Pay a carrier: amount_minor 1012620, currency USD, payee Meridian Line"
    assert approvals.title(text) == "Pay a carrier: 10,126.20 USD, payee Meridian Line"
    assert approvals.title("Convert: currency USD") == "Convert: currency USD"


@given(JSON)
def test_every_leaf_of_the_arguments_is_shown(value: Any) -> None:
    shown = approvals.arguments({"arguments": value})
    assert [one["name"] for one in shown] == [path or "value" for path, _ in leaves(value)]
    for one, (_, leaf) in zip(shown, leaves(value), strict=True):
        assert one["masked"] or not isinstance(leaf, str) or one["value"] == leaf


def test_secrets_are_masked_and_nothing_else_is() -> None:
    given_ = {"api_key": "sk-1234567890", "nested": {"password": "hunter2"}, "payee": "token ring"}
    shown = {one["name"]: one for one in approvals.arguments({"arguments": given_})}
    assert "hunter2" not in str(shown)
    assert "sk-1234567890" not in str(shown)
    assert shown["payee"]["value"] == "token ring"


def test_labels_and_origin_stand_beside_the_argument_they_belong_to() -> None:
    preview = {
        "arguments": {"payee": "Northwind", "amount_minor": 5, "currency": "EUR"},
        "labels": {"payee": ["untrusted"]},
        "origin": {"payee": "step 12"},
    }
    payee, amount, _ = approvals.arguments(preview)
    assert (payee["labels"], payee["from"]) == (["untrusted"], "step 12")
    assert (amount["labels"], amount["gloss"]) == ([], "0.05 EUR")


def test_the_rules_that_held_come_first_with_their_values() -> None:
    decision = {
        "reasons": [
            {
                "policy": "pay.limit",
                "rule": "over",
                "effect": "hold",
                "template": "{act.arguments.amount_minor} is over 5",
                "values": {"act.arguments.amount_minor": 7},
            }
        ],
        "rules_seen": [
            {"policy": "base", "rule": "may", "effect": "allow", "result": "matched", "values": {}},
            {
                "policy": "pay.limit",
                "rule": "over",
                "effect": "hold",
                "result": "matched",
                "values": {"act.arguments.amount_minor": 7},
            },
        ],
    }
    clauses = [{"policy": "pay.limit", "rule": "over", "roles": ["approver"], "quorum": 2}]
    first, second = approvals.reasons(decision, clauses)
    assert first["seen"] == "7 is over 5"
    assert first["outcome"] == "over: hold, two people with the role approver"
    assert (second["policy"], second["effect"]) == ("base", "allow")


def test_what_is_said_to_a_person_is_turned_when_it_is_said_of_them() -> None:
    turned = approvals._of_another("You own treasurer; someone else must decide.")
    assert turned == "Owns treasurer."
    same = "This needs the role approver in acme."
    assert approvals._of_another(same) == same


def test_why_it_was_held_stays_told_after_it_was_decided_again_with_the_approval() -> None:
    seen = {"policy": "pay.limit", "rule": "over", "effect": "hold", "result": "satisfied"}
    decision = {"reasons": [], "rules_seen": [{**seen, "values": {"act.arguments.amount": 7}}]}
    [held] = approvals.reasons(decision, [], ["7 is over 5"])
    assert (held["seen"], held["note"]) == ("7 is over 5", "act.arguments.amount is 7")
