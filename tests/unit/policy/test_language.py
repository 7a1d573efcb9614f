"""Policies are refused with the place and the reason, before anything is saved."""

from __future__ import annotations

import pytest

from orchestration.policy import language
from orchestration.policy.language import parse, problems_of
from orchestration.policy.source import LIMIT_CHARACTERS, PolicyError
from orchestration.policy.terms import ApprovalTerms, Fact, Limit, Obligation, Scope, Window

WHOLE = """\
policy: payments.transfer-limit
title: Large transfers need two people
scope: {acts: [tool.call], tools: ["payments.*"], units: ["finance/**"]}
mode: enforce            # or shadow
on_error: hold           # an expression that fails never allows
rules:
  - name: over-limit
    when: act.arguments.amount_minor > 1000000
    effect: hold
    approval: {from: [finance-approver], quorum: 2, expires: 15m, escalate: [finance-head]}
    reason: "amount {act.arguments.amount_minor} is over 10,000.00"
  - {name: untrusted-payee, when: '"untrusted" in act.labels.payee', effect: deny,
     reason: "the payee came from {act.origin.payee}"}
obligations: [{flag: large-transfer}, {redact: [arguments.iban]}]
controls: [EU-AI-ACT-14, OWASP-ASI02]
tests: [{given: {act: {target: payments.send}}, expect: hold}]
"""


def test_a_whole_policy_is_read_as_it_is_written() -> None:
    policy = parse(WHOLE)

    assert policy.scope == Scope(acts=("tool.call",), tools=("payments.*",), units=("finance/**",))
    over, untrusted = policy.rules
    terms = ApprovalTerms(("finance-approver",), 2, 900, ("finance-head",))
    assert (over.effect, over.approval) == ("hold", terms)
    assert untrusted.when == '"untrusted" in act.labels.payee'
    assert policy.obligations == (
        Obligation("flag", "large-transfer"),
        Obligation("redact", ["arguments.iban"]),
    )
    assert (policy.on_error, policy.mode, policy.source) == ("hold", "enforce", WHOLE)


def test_facts_limits_and_windows_are_read() -> None:
    policy = parse("""
policy: a.b
title: T
facts:
  calls: {count: {acts: [tool.call], tools: ["x.*"]}, per: unit, window: 1h30m}
  paid: {sum: act.arguments.amount, of: {tools: [x.pay]}}
limits:
  - {name: many, fact: calls, at_most: 5, warn_at: 4}
  - {name: much, fact: paid, at_most: 9, add: act.arguments.amount}
during: {days: [fri, mon], from: "08:30", to: "24:00", zone: Europe/Oslo}
""")

    assert policy.facts == (
        Fact("calls", "count", "", ("tool.call",), ("x.*",), "unit", 5400),
        Fact("paid", "sum", "act.arguments.amount", (), ("x.pay",), "agent", 0),
    )
    assert [(one.at_most, one.warn_at, one.add) for one in policy.limits] == [
        (5, 4, 1),
        (9, None, ("act", "arguments", "amount")),
    ]
    assert isinstance(policy.limits[0], Limit)
    assert policy.during == Window((1, 5), 510, 1440, "Europe/Oslo")


HEAD = "policy: a.b\ntitle: T\n"
RULE = HEAD + "rules:\n  - name: r\n    effect: allow\n"

REFUSED = {
    "unknown key": (HEAD + "ruels: []\n", 3, 8, "unknown key 'ruels'; did you mean rules?"),
    "missing title": ("policy: a.b\nrules: [{name: r, effect: deny}]\n", 1, 1, "title is missing"),
    "no rule": (HEAD, 1, 1, "at least one rule, limit or principle"),
    "a text for a list": (HEAD + "rules: none\n", 3, 8, "a list belongs here"),
    "a list for a mapping": (HEAD + "rules:\n  - [r]\n", 4, 5, "a mapping"),
    "unknown effect": (HEAD + "rules: [{name: r, effect: alow}]\n", 3, 27, "did you mean allow?"),
    "unknown mode": (RULE + "mode: loud\n", 6, 7, "none of enforce, shadow"),
    "a bad name": (
        "policy: Größe\ntitle: T\nrules: [{name: r, effect: deny}]\n",
        1,
        9,
        "not a name",
    ),
    "a look-alike name": (
        "policy: p\u0430yments.limit\ntitle: T\nrules: [{name: r, effect: deny}]\n",
        1,
        9,
        "not a name",
    ),
    "a look-alike tool": (
        RULE + 'scope: {tools: ["p\u0430yments.*"]}\n',
        6,
        17,
        "ASCII",
    ),
    "a hidden character": (RULE + 'scope: {tools: ["pay\\u202e.x"]}\n', 6, 17, "ASCII"),
    "two rules of one name": (
        HEAD + "rules: [{name: r, effect: deny}, {name: r, effect: allow}]\n",
        1,
        1,
        "two rules or limits are called r",
    ),
    "unknown field": (
        HEAD + "rules:\n  - name: r\n    when: act.nme == 'x'\n    effect: deny\n",
        5,
        14,
        "no field act.nme; did you mean act.name?",
    ),
    "unknown field in quotes": (
        HEAD + "rules:\n  - name: r\n    when: \"act.nme == 'x'\"\n    effect: deny\n",
        5,
        15,
        "no field act.nme",
    ),
    "unknown field in a block": (
        HEAD
        + "rules:\n  - name: r\n    effect: deny\n    when: |\n"
        + "      true\n      && act.nme == ''\n",
        8,
        7,
        "no field act.nme",
    ),
    "not a question": (
        HEAD + "rules: [{name: r, when: act.cost_minor, effect: deny}]\n",
        3,
        25,
        "true or false, this is INT",
    ),
    "an untyped question": (
        HEAD + "rules: [{name: r, when: act.arguments.yes, effect: deny}]\n",
        3,
        25,
        "true or false, this is DYN",
    ),
    "wrong types": (
        HEAD + "rules: [{name: r, when: act.name > 5, effect: deny}]\n",
        3,
        34,
        "no matching overload",
    ),
    "an empty condition": (
        HEAD + "rules: [{name: r, when: '', effect: deny}]\n",
        3,
        25,
        "a condition in CEL",
    ),
    "an undeclared fact": (
        HEAD + "rules: [{name: r, when: facts.transfers > 5, effect: deny}]\n",
        3,
        25,
        "no fact transfers is declared",
    ),
    "a template of nothing": (
        HEAD + "rules: [{name: r, effect: deny, reason: '{act.amount}'}]\n",
        3,
        41,
        "no field act.amount",
    ),
    "a hold that asks nobody": (
        HEAD + "rules: [{name: r, effect: hold}]\n",
        1,
        1,
        "nothing says whose approval",
    ),
    "an allow that asks": (
        HEAD + "rules: [{name: r, effect: allow, approval: {from: [x]}}]\n",
        3,
        44,
        "only a hold asks people",
    ),
    "a quorum of none": (
        HEAD + "rules: [{name: r, effect: hold, approval: {from: [x], quorum: 0}}]\n",
        3,
        63,
        "at least 1",
    ),
    "a span that is none": (
        HEAD + "rules: [{name: r, effect: hold, approval: {from: [x], expires: soon}}]\n",
        3,
        64,
        "not a span of time",
    ),
    "an unknown obligation": (RULE + "obligations: [{explode: now}]\n", 6, 25, "unknown key"),
    "a zone that is none": (RULE + "during: {zone: Mars/Base}\n", 6, 16, "no time zone"),
    "a clock that is none": (RULE + "during: {from: '25:00'}\n", 6, 16, "time of day"),
    "a fact of nothing": (RULE + "facts: {n: {per: agent}}\n", 6, 12, "either count or sum"),
    "a standard fact": (
        RULE + "facts: {budget: {count: {acts: [x]}}}\n",
        6,
        8,
        "budget is a standard fact",
    ),
    "a limit on nothing": (
        HEAD + "limits: [{name: l, fact: calls, at_most: 1}]\n",
        3,
        26,
        "no fact calls is declared",
    ),
    "a late warning": (
        HEAD
        + "facts: {n: {count: {acts: [x]}}}\n"
        + "limits: [{name: l, fact: n, at_most: 1, warn_at: 2}]\n",
        4,
        50,
        "before the boundary",
    ),
    "not YAML": ("policy: [", 2, 1, "not YAML"),
    "a stray tab": ("policy: a.b\n\ttitle: T\n", 2, 1, "not YAML"),
    "nothing": ("", 1, 1, "empty"),
    "a bare word": ("policy", 1, 1, "a mapping"),
    "an anchor": ("policy: &a a.b\ntitle: *a\n", 1, 9, "anchors and aliases"),
    "an alias bomb": ("a: &a [x]\nb: &b [*a, *a]\n", 1, 4, "anchors and aliases"),
    "a merge": ("<<: {policy: a.b}\ntitle: T\n", 1, 1, "a plain word"),
    "a tag": ("policy: !!python/object:os.system a.b\ntitle: T\n", 1, 9, "tags"),
    "twice": ("policy: a.b\npolicy: c.d\ntitle: T\n", 2, 1, "policy stands here twice"),
    "two documents": ("policy: a.b\n---\ntitle: T\n", 2, 1, "one document"),
    "a huge number": (
        HEAD
        + "rules: [{name: r, effect: hold, approval: {from: [x], quorum: "
        + "9" * 40
        + "}}]\n",
        3,
        63,
        "at most 18 digits",
    ),
    "a deep text": ("[" * 40 + "]" * 40, 1, 13, "nested more than 12 deep"),
    "a list as a key": ("? [a]\n: b\n", 1, 3, "a plain word"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_wrong_is_refused_with_line_column_and_reason(
    case: tuple[str, int, int, str],
) -> None:
    text, line, column, reason = case

    with pytest.raises(PolicyError) as refused:
        parse(text)

    found = [(one.line, one.column) for one in refused.value.problems if reason in one.message]
    assert found == [(line, column)], [str(one) for one in refused.value.problems]


def test_every_problem_of_a_text_is_told_at_once_from_top_to_bottom() -> None:
    text = "policy: A\ntitel: T\nrules:\n  - {name: r, effect: no}\n"

    lines = [one.line for one in problems_of(text)]

    assert lines == sorted(lines)
    assert len(lines) == 4


def test_a_good_text_has_no_problems() -> None:
    assert problems_of(WHOLE) == []


def test_a_text_beyond_its_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(PolicyError, match=f"at most {LIMIT_CHARACTERS}"):
        parse("x" * (LIMIT_CHARACTERS + 1))


def test_more_values_than_a_policy_can_have_are_refused() -> None:
    with pytest.raises(PolicyError, match="more than 5000 values"):
        parse("a: [" + "1," * 6000 + "1]")


def test_brackets_without_end_are_refused_and_not_followed() -> None:
    with pytest.raises(PolicyError, match="nested more than 12 deep"):
        parse("[" * 60_000)


def test_words_that_yaml_takes_for_truth_stay_words() -> None:
    policy = parse(RULE.replace("title: T", "title: yes"))

    assert policy.title == "yes"


def test_unicode_may_stand_in_titles_and_in_values() -> None:
    text = RULE.replace("title: T", "title: Größere Überweisungen 支払い")
    text += '    when: act.arguments.payee == "Łódź 支"\n'

    assert parse(text).title == "Größere Überweisungen 支払い"


def test_a_text_read_again_is_answered_from_memory_unless_it_is_large_or_wrong() -> None:
    text = "policy: a.kept\ntitle: Kept\nrules: [{name: one, effect: deny}]\n"
    first = language.remembered(text)
    assert first == language.parse(text)
    assert language.remembered(text) is first
    assert language.remembered(text.replace("deny", "allow")) != first
    large = text + "#" + "x" * language.LARGEST_REMEMBERED
    assert language.remembered(large) is not language.remembered(large)
    for _ in range(2):
        with pytest.raises(language.PolicyError, match="did you mean deny"):
            language.remembered(text.replace("deny", "denny"))
