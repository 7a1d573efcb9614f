"""Tests inside a policy say what this policy alone says."""

from __future__ import annotations

from orchestration.policy.checks import run_tests
from tests.unit.policy.makers import policy, rule


def test_a_test_that_is_wrong_fails_and_says_what_was_said_instead() -> None:
    made = policy(
        "x.y",
        rule("deny", "act.cost_minor > 5"),
        tests=[{"name": "dear", "given": {"act": {"cost_minor": 6}}, "expect": "allow"}],
    )

    (result,) = run_tests(made)

    assert not result.passed
    assert (result.name, result.expected, result.said, result.rules) == (
        "dear",
        "allow",
        "deny",
        ("r",),
    )


def test_a_test_may_name_the_rules_it_expects() -> None:
    cases = [
        {"given": {"act": {"cost_minor": 6}}, "expect": "deny", "rules": ["r"]},
        {"given": {"act": {"cost_minor": 6}}, "expect": "deny", "rules": ["other"]},
    ]
    made = policy("x.y", rule("deny", "act.cost_minor > 5"), tests=cases)

    assert [one.passed for one in run_tests(made)] == [True, False]


def test_what_is_out_of_scope_says_nothing() -> None:
    cases = [{"given": {"unit": {"path": "retail/pricing"}}, "expect": "nothing"}]
    made = policy("x.y", rule("deny"), scope={"units": ["finance"]}, tests=cases)

    assert run_tests(made)[0].passed


def test_a_test_that_gives_nonsense_fails_with_a_fault_and_stops_no_other() -> None:
    cases = [
        {"given": {"acts": {}}, "expect": "deny"},
        {"given": {"act": 5}, "expect": "deny"},
        {"given": {"approvals": [5]}, "expect": "deny"},
        {"given": {}, "expect": "deny"},
    ]
    made = policy("x.y", rule("deny"), tests=cases)

    results = run_tests(made)

    assert [one.passed for one in results] == [False, False, True, True]
    assert "no part 'acts'" in results[0].fault


def test_a_draft_in_shadow_is_tested_as_if_it_were_in_force() -> None:
    cases = [{"given": {}, "expect": "deny"}]

    assert run_tests(policy("x.y", rule("deny"), mode="shadow", tests=cases))[0].passed
