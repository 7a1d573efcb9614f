"""A policy's text while somebody writes it: faults with their place, readings, tests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.presenters.policy_check import checked, passed

TEXT = """policy: payments.limit
title: Large payments need a person
scope: {tools: ["payments.*"]}
rules:
  - name: over
    when: act.arguments.amount_minor > 100
    effect: hold
    approval: {from: [approver]}
  - {name: late, when: time.hour > 20, effect: deny}
obligations: [{flag: paid}]
tests:
  - {name: small, given: {act: {target: payments.send, arguments: {amount_minor: 1}}}, expect: nothing}
  - {name: large, given: {act: {target: payments.send, arguments: {amount_minor: 101}}}, expect: hold}
"""  # noqa: E501 - a test is one line
TOOLS = {"payments.send": {"properties": {"amount_minor": {"type": "integer"}}}}


def look(text: str, scope: str = "") -> dict[str, Any]:
    return checked(text, scope, TOOLS)


def test_a_sound_text_is_read_and_tested() -> None:
    found = look(TEXT)
    assert found["problems"] == []
    assert [one["title"] for one in found["readings"]] == [
        "Where it applies",
        "over",
        "late",
        "On each match",
    ]
    assert [one["line"] for one in found["readings"]] == [1, 5, 9, 10]
    assert passed(found) == "2 of 2"


def test_a_broken_rule_is_named_with_line_and_column_and_takes_nothing_from_the_others() -> None:
    found = look(TEXT.replace("time.hour", "time.huor"))
    [problem] = found["problems"]
    assert (problem["line"], problem["column"]) == (9, 28)
    assert problem["fix"] == "time.hour"
    readings = {one["title"]: one for one in found["readings"]}
    assert "is over 100" in readings["over"]["text"]
    assert readings["late"]["broken"]
    assert "Line 9 does not compile" in readings["late"]["text"]
    assert [one["passed"] for one in found["tests"]] == [None, None]
    assert found["tests_wait"] == 9


def test_a_text_that_is_no_yaml_has_no_reading_and_no_tests() -> None:
    found = look("policy: [a\nrules: {")
    assert found["errors"] == 1
    assert [one["broken"] for one in found["readings"]] == [True]
    assert found["tests"] == []


def test_an_argument_that_no_tool_has_is_a_doubt_that_does_not_keep_it_from_being_saved() -> None:
    found = look(TEXT.replace("act.arguments.amount_minor >", "act.arguments.amount >"))
    [doubt] = found["problems"]
    assert (found["errors"], doubt["severity"], doubt["fix"]) == (0, "warning", "amount_minor")
    assert doubt["line"] == 6


def test_a_failing_test_says_what_came_instead() -> None:
    found = look(TEXT.replace("expect: hold", "expect: deny"))
    assert [(one["name"], one["passed"], one["got"]) for one in found["tests"]] == [
        ("small", True, "nothing"),
        ("large", False, "hold"),
    ]
    assert found["tests"][1]["given"] == (
        "act.target: payments.send, act.arguments.amount_minor: 101"
    )


@pytest.mark.parametrize("line", range(1, 14))
def test_any_line_may_be_missing_while_one_writes(line: int) -> None:
    lines = TEXT.split("\n")
    found = look("\n".join(lines[: line - 1] + lines[line:]))
    assert found["readings"]


@given(st.text(max_size=200))
def test_whatever_is_typed_is_answered(text: str) -> None:
    assert look(text)["readings"]
