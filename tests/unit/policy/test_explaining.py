"""The playground: every rule that applies answers, with its condition and what it saw."""

from __future__ import annotations

from orchestration.policy.explaining import explain
from orchestration.policy.sample import sample_request
from tests.unit.policy.makers import bundle, policy, rule

MADE = bundle(
    policy("a.all", rule("allow")),
    policy(
        "b.limits",
        rule("deny", "act.arguments.amount > 50", "over"),
        rule("deny", "act.arguments.amount > 500", "far-over"),
        rule("deny", "act.arguments.nothing > 1", "broken"),
    ),
    policy("c.elsewhere", rule("deny"), scope={"tools": ["other.*"]}),
    policy("d.watching", rule("deny"), mode="shadow"),
    policy("e.at-night", rule("deny"), during={"from": "22:00", "to": "23:00"}),
    policy(
        "f.counted",
        facts={"calls": {"count": {}}},
        limits=[{"name": "few", "fact": "calls", "at_most": 5}],
    ),
)


def test_every_rule_that_applies_answers_and_policies_elsewhere_are_named() -> None:
    found = explain(
        sample_request({"act": {"arguments": {"amount": 99}}, "facts": {"calls": 2}}), MADE
    )

    assert {(one.policy, one.rule): one.result for one in found.rules} == {
        ("a.all", "r"): "matched",
        ("b.limits", "over"): "matched",
        ("b.limits", "far-over"): "not matched",
        ("b.limits", "broken"): "failed",
        ("d.watching", "r"): "matched",
        ("e.at-night", "r"): "outside its hours",
        ("f.counted", "few"): "matched",
    }
    assert found.out_of_scope == ("c.elsewhere",)
    assert found.decision.effect == "deny"


def test_an_answer_carries_its_condition_its_values_and_whether_it_decided() -> None:
    found = explain(
        sample_request({"act": {"arguments": {"amount": 99}}, "facts": {"calls": 2}}), MADE
    )
    by_rule = {(one.policy, one.rule): one for one in found.rules}

    far = by_rule["b.limits", "far-over"]
    assert far.condition == "act.arguments.amount > 500"
    assert far.values == {"act.arguments.amount": 99}
    assert not far.decided
    assert by_rule["b.limits", "over"].decided
    assert by_rule["b.limits", "broken"].error
    assert by_rule["d.watching", "r"].mode == "shadow"
    assert not by_rule["d.watching", "r"].decided
    few = by_rule["f.counted", "few"]
    assert (few.condition, few.values) == ("facts.calls + 1 > 5", {"facts.calls": 2})


def test_a_hold_that_people_met_is_satisfied() -> None:
    made = bundle(policy("a.all", rule("allow")), policy("b.ask", rule("hold")))
    met = {"policy": "b.ask", "rule": "r"}
    granted = {"id": "1", "digest": "0" * 64, "clauses": [met], "by": ["ada"], "granted_at": ""}

    found = explain(sample_request({"approvals": [granted]}), made)

    assert [one.result for one in found.rules] == ["matched", "satisfied"]
    assert found.decision.effect == "allow"
