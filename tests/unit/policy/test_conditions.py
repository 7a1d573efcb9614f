"""Conditions are bounded before they are compiled, and an error is never a match."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.policy.bundle import compile_bundle
from orchestration.policy.conditions import activation, check, compiled, evaluate, together
from orchestration.policy.expressions import LIMIT_CHARACTERS, shape_of
from orchestration.policy.sample import sample_request
from tests.unit.policy.makers import policy, rule

REFUSED = {
    "too long": ("'" + "x" * LIMIT_CHARACTERS + "' == ''", "at most 4096 characters"),
    "too many brackets": ("(" * 30 + "true" + ")" * 30, "nested more than 24 deep"),
    "lists in lists": ("[" * 30 + "]" * 30 + " == []", "nested more than 24 deep"),
    "comprehensions in comprehensions": (
        "[1].all(a, [1].all(b, [1].all(c, true)))",
        "at most 2 of all/exists/exists_one",
    ),
    "a list made by map": ("[1].map(x, x) == [1]", "map"),
    "a list made by filter": ("[1].filter(x, true) == [1]", "filter"),
    "texts joined": ('"a" + "b" == "ab"', "_+_"),
    "lists joined": ("[1] + [2] == [1, 2]", "_+_"),
    "joined again and again": (
        "act.arguments.a " + "+ act.arguments.a " * 9 + "== 1",
        "at most 8 +",
    ),
    "joined in a loop": ("act.arguments.l.all(x, x + x == 1)", "may not stand inside"),
    "a field taken as a variable": ("[1].all(act, act == 1)", "act is a field"),
    "a chain without end": ("act.arguments" + ".a" * 1500 + " == 1", "recursion"),
    "a number too large": ("99999999999999999999 > 1", "int literal"),
    "a name of look-alikes": ("\u0430ct.name == ''", "token recognition"),
    "an unclosed text": ("act.name == 'x", "Syntax error"),
    "nothing but a comment": ("// so it is", "Syntax error"),
    "python": ("__import__('os').system('true')", "__import__"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_hostile_condition_is_refused_with_its_place(case: tuple[str, str]) -> None:
    source, reason = case

    faults = check(source)

    assert any(reason in one.message for one in faults), faults
    assert all(one.line >= 1 and one.column >= 1 for one in faults)
    with pytest.raises(ValueError, match="not a usable condition"):
        compiled(source)


SLOW = {
    "a loop in a loop": "act.arguments.l.all(x, act.arguments.l.all(y, x != y - 100000))",
    "a pattern that grows": 'act.arguments.t.matches("(a*)*b")',
    "a pattern from outside": "act.arguments.t.matches(act.arguments.p)",
    "division by nothing": "1 / act.arguments.zero == 1",
    "a field of a number": "act.arguments.zero.x == 1",
}


@pytest.mark.parametrize("when", SLOW.values(), ids=SLOW.keys())
def test_a_condition_that_cannot_be_answered_does_not_allow(when: str) -> None:
    arguments = {"l": list(range(4000)), "t": "a" * 100_000, "p": "((a{99}){99})" * 9, "zero": 0}
    made = compile_bundle([policy("x.y", rule("allow", when))], 1)
    request = sample_request({"act": {"arguments": arguments}})

    answer = evaluate(compiled(when), activation(request, ["act.arguments"]))

    assert answer is not True
    assert made.policies[0].on_error == "deny"


def test_a_failing_condition_among_many_spoils_the_common_answer_and_no_single_one() -> None:
    sources = ["act.cost_minor == 0", "act.arguments.missing > 1", "act.cost_minor > 5"]
    request = sample_request({})
    values = activation(request, ["act.cost_minor", "act.arguments"])

    common = together(sources)

    assert common is not None
    assert not isinstance(common.eval(values).plain_value(), list)
    answers = [evaluate(compiled(one), values) for one in sources]
    assert answers[0] is True
    assert isinstance(answers[1], str)
    assert answers[2] is False


def test_the_fields_a_condition_names_are_found() -> None:
    source = """
      act.arguments.amount > 5 && act.labels["payee"].exists(l, l == "act.name") // agent.role
      || agent.name.startsWith("x") && has(facts.calls) && r'time.at' != ""
    """

    assert shape_of(source).references == (
        ("act", "arguments", "amount"),
        ("act", "labels", "payee"),
        ("agent", "name"),
        ("facts", "calls"),
    )


def resident_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own figures")
def test_memory_stays_flat_while_hostile_conditions_are_checked() -> None:
    def storm(start: int) -> None:
        for number in range(start, start + 150):
            check(" || ".join(f"act.arguments.a{number}x{at} > {at}" for at in range(25)))
            check("[" * 20 + str(number) + "]" * 20 + " == 1")

    for start in range(0, 600, 150):
        storm(start)
    before = resident_kb()
    for start in range(600, 1200, 150):
        storm(start)

    assert resident_kb() - before < 10_000
