"""Steps are told in plain words, with their reasons, and personal values stay hidden."""

from __future__ import annotations

from typing import Any

import pytest

from console.presenters.steps import (
    arguments,
    in_task,
    personal_paths,
    plain_title,
    quorum_of,
    reasons,
    spoken,
)


def reason(rule: str, effect: str, template: str, **values: Any) -> dict[str, Any]:
    said = {"policy": "pay", "rule": rule, "effect": effect, "template": template}
    return said | {"values": values}


def seen(rule: str, result: str, effect: str = "allow", **values: Any) -> dict[str, Any]:
    return {"policy": "pay", "rule": rule, "result": result, "effect": effect, "values": values}


def test_a_reason_is_its_sentence_with_the_amount_as_people_write_it() -> None:
    path = "act.arguments.amount_minor"
    said = reason("limit", "hold", f"{{{path}}} is over 10,000.00", **{path: 1012620})
    (row,) = reasons({"effect": "hold", "reasons": [said]}, {"pay": "/policies/pay/"})
    assert row["text"] == "10,126.20 is over 10,000.00"
    assert (row["policy"], row["url"], row["effect"]) == ("pay/limit", "/policies/pay/", "hold")


def test_rules_that_matched_without_deciding_are_told_once_and_after_the_reasons() -> None:
    decision = {
        "effect": "hold",
        "reasons": [reason("limit", "hold", "too much")],
        "rules_seen": [seen("limit", "matched", "hold"), seen("may-ask", "matched", risk="high")],
    }
    told = [(row["policy"], row["text"]) for row in reasons(decision, {})]
    assert told == [("pay/limit", "too much"), ("pay/may-ask", "matched: risk is high")]


def test_a_rule_that_failed_says_so_and_a_satisfied_one_names_the_approval() -> None:
    failed = seen("broken", "failed", "deny") | {"error": "no such field"}
    rows = reasons({"effect": "deny", "rules_seen": [failed, seen("met", "satisfied", "hold")]}, {})
    assert rows[0]["text"] == "could not be evaluated: no such field"
    assert (rows[1]["effect"], "approval" in rows[1]["text"]) == ("allow", True)


def test_shadow_rules_are_marked_as_such() -> None:
    (row,) = reasons({"effect": "allow", "shadow": [seen("draft", "matched", "deny")]}, {})
    assert (row["shadow"], row["effect"]) == (True, "deny")


def test_a_summary_without_values_still_gives_a_sentence() -> None:
    said = {"policy": "pay", "rule": "limit", "template": "{act.name} is too much"}
    (row,) = reasons({"effect": "deny", "reasons": [said]}, {})
    assert row["text"] == "(nothing) is too much"
    assert row["effect"] == "deny"


def test_arguments_are_named_labelled_and_money_is_money() -> None:
    value = {
        "amount_minor": 1012620,
        "currency": "USD",
        "payee": {"iban": "DE89370400440532013000"},
    }
    labels = {"payee.iban": ["personal"], "payee": ["untrusted"]}
    shown = {item.name: item for item in arguments(value, labels, {"currency": "route 1"})}
    assert shown["Amount"].value == "10,126.20 USD"
    assert shown["Currency"].origin == "route 1"
    iban = shown["Payee, iban"]
    assert iban.masked
    assert "0532" not in iban.value
    assert iban.labels == ("untrusted",)


def test_a_personal_amount_is_masked_before_anything_else() -> None:
    (item,) = arguments({"wage_minor": 123456}, {"": ["personal"]}, {})
    assert item.masked
    assert "1,234" not in item.value


def test_the_paths_of_personal_leaves_are_what_is_masked_in_results() -> None:
    assert personal_paths({"a.b": ["personal"], "c": ["untrusted"], "": ["personal"]}) == ["a.b"]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Pay: amount_minor 1012620, currency USD, payee N", "Pay: 10,126.20 USD, payee N"),
        ("Pay: fee_minor 50", "Pay: 0.50"),
        ("Route S01 to Rotterdam", "Route S01 to Rotterdam"),
    ],
)
def test_stored_titles_are_told_with_sums_as_people_write_them(title: str, told: str) -> None:
    assert spoken(title) == told


def test_acts_are_told_in_plain_words() -> None:
    assert plain_title("board.read", "closures") == "Read closures"
    assert plain_title("tool.call", "routes.search", "Search sea routes") == "Search sea routes"
    assert in_task("result.publish", "routing", "Route S01") == "Result: Route S01"


def test_the_quorum_of_a_request_is_that_of_its_strictest_clause() -> None:
    assert quorum_of([{"quorum": 1}, {"quorum": 3}]) == 3
    assert quorum_of([]) == 1
