"""What a decision keeps, and what it keeps to itself."""

from __future__ import annotations

import json

import orjson
import pytest

from orchestration.policy.engine import decide
from orchestration.policy.sample import sample_request
from tests.unit.policy.makers import bundle, decided, policy, rule

ALLOW = policy("a.all", rule("allow"))


def test_a_reason_reads_as_a_sentence_with_the_values_of_the_call() -> None:
    over = policy(
        "pay.limit",
        rule("deny", "act.arguments.amount > 5", reason="{act.arguments.amount} is over 5"),
    )

    decision = decided({"act": {"arguments": {"amount": 7}}}, ALLOW, over)

    assert decision.texts() == ["7 is over 5"]


def test_a_rule_without_a_reason_speaks_with_its_policys_title() -> None:
    assert decided({}, policy("x.y", rule("deny"))).texts() == ["Title of x.y"]


def test_what_enters_the_ledger_holds_no_value_of_the_call() -> None:
    over = policy(
        "pay.limit",
        rule("deny", 'act.arguments.payee == "Mallory"', reason="{act.arguments.payee} is barred"),
    )

    decision = decided({"act": {"arguments": {"payee": "Mallory"}}}, ALLOW, over)

    assert "Mallory" in decision.texts()[0]
    assert b"Mallory" not in orjson.dumps(decision.references())
    assert decision.references()["reasons"][0]["template"] == "{act.arguments.payee} is barred"


@pytest.mark.parametrize("labelled", ["payee", "payee.name", ""])
def test_a_personal_value_is_withheld_from_everything_that_is_kept(labelled: str) -> None:
    over = policy(
        "pay.limit",
        rule("deny", 'act.arguments.payee.name == "Mallory"', reason="{act.arguments.payee.name}"),
    )
    act = {"arguments": {"payee": {"name": "Mallory"}}, "labels": {labelled: ["personal"]}}

    decision = decided({"act": act}, ALLOW, over)

    assert decision.effect == "deny"
    assert decision.texts() == ["(personal)"]
    assert b"Mallory" not in decision.canonical()


def test_what_holds_a_personal_value_is_withheld_as_a_whole() -> None:
    act = {"arguments": {"payee": {"name": "Mallory"}}, "labels": {"payee.name": ["personal"]}}
    part = policy("a.part", rule("deny", 'act.arguments.payee == {"name": "Mallory"}'))
    whole = policy("b.whole", rule("deny", "act.arguments.size() == 1"))

    decision = decided({"act": act}, ALLOW, part, whole)

    assert [one.policy for one in decision.reasons] == ["a.part", "b.whole"]
    assert b"Mallory" not in decision.canonical()


def test_a_neighbour_of_a_personal_value_is_kept() -> None:
    act = {"arguments": {"payee": "x", "payees": 2}, "labels": {"payee": ["personal"]}}

    decision = decided({"act": act}, policy("a.b", rule("deny", "act.arguments.payees > 1")))

    assert decision.rules_seen[0].values == {"act.arguments.payees": 2}


def test_a_rule_seen_keeps_the_values_its_condition_read() -> None:
    over = policy("pay.limit", rule("deny", "act.arguments.amount > facts.limit"), facts=FACT)

    decision = decided({"act": {"arguments": {"amount": 7}}, "facts": {"limit": 5}}, ALLOW, over)

    seen = next(one for one in decision.rules_seen if one.policy == "pay.limit")
    assert seen.values == {"act.arguments.amount": 7, "facts.limit": 5}


FACT = {"limit": {"count": {"acts": ["tool.call"]}, "per": "agent", "window": "1h"}}


def test_a_failed_rule_keeps_why_it_failed_and_what_it_saw() -> None:
    over = policy("pay.limit", rule("deny", "act.arguments.amount > 5"))

    decision = decided({"act": {"arguments": {"amount": "seven"}}}, ALLOW, over)

    seen = next(one for one in decision.rules_seen if one.policy == "pay.limit")
    assert (seen.result, seen.values) == ("failed", {"act.arguments.amount": "seven"})
    assert seen.error
    assert decision.errors == (f"pay.limit/r: {seen.error}",)


def test_a_long_value_is_cut_and_a_large_one_is_measured() -> None:
    rules = policy("x.y", rule("deny", 'act.arguments.a != "" && act.arguments.b != []'))
    act = {"arguments": {"a": "x" * 500, "b": ["y" * 500]}}

    values = decided({"act": act}, rules).rules_seen[0].values

    assert values["act.arguments.a"] == "x" * 200 + "…"
    assert values["act.arguments.b"] == {"bytes": 504}


def test_each_decision_names_the_bundle_it_was_made_under() -> None:
    made = bundle(ALLOW, number=42)

    decision = decide(sample_request({}), made)

    assert (decision.bundle, decision.bundle_hash) == (42, made.hash)


def test_a_decision_can_be_written_as_json_and_read_back() -> None:
    decision = decided({}, ALLOW, policy("s.flag", rule("oblige", obligations=[{"flag": "x"}])))

    assert json.loads(decision.canonical()) == json.loads(orjson.dumps(decision.as_json()))
    assert decision.flagged


def test_values_of_the_wrong_type_fail_the_rule_and_never_the_engine() -> None:
    rules = policy("x.y", rule("allow", "act.cost_minor > 1 && act.labels.size() == 0"))

    for act in ({"cost_minor": "much"}, {"cost_minor": 1.5}, {"labels": {"a": [1]}}):
        assert decided({"act": act}, rules).effect == "deny"


def test_reasons_and_rules_come_by_name_wherever_and_however_the_rules_are_kept() -> None:
    made = [
        policy("c.here", rule("deny", name="z"), rule("deny", "true", name="a")),
        policy("b.there", rule("deny"), scope={"tools": ["sample.*"]}),
        policy("a.here", rule("deny", "true")),
    ]

    decision = decided({}, *made)

    order = [("a.here", "r"), ("b.there", "r"), ("c.here", "a"), ("c.here", "z")]
    assert [(one.policy, one.rule) for one in decision.reasons] == order
    assert [(one.policy, one.rule) for one in decision.rules_seen] == order
