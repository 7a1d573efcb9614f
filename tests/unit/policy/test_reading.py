"""Policies read aloud say what their text says, and quote what has no words of its own."""

from __future__ import annotations

import pytest

from orchestration.policy.language import parse
from orchestration.policy.phrases import in_words
from orchestration.policy.reading import reading, span
from orchestration.policy.shipped import baseline_files

WORDS = {
    "act.arguments.amount_minor > 1000000": "the argument amount_minor is over 1,000,000",
    "act.cost_minor <= 5": "the act's cost minor is at most 5",
    'agent.autonomy == "act"': "the agent's autonomy is act",
    'agent.autonomy in ["act", "observe"]': "the agent's autonomy is one of act or observe",
    '"pay" in agent.capabilities': "the agent's capabilities include pay",
    '"untrusted" in act.labels.payee': "the argument payee is labelled untrusted",
    '"untrusted" in act.labels["a.b"]': "the argument a.b is labelled untrusted",
    'act.labels.exists(k, "personal" in act.labels[k])': "any argument is labelled personal",
    "has(facts.budget.steps)": "budget steps is given",
    "!has(act.arguments.payee)": "the argument payee is not given",
    "act.idempotent": "the act's idempotent is true",
    "!act.idempotent": "it is not so that (the act's idempotent is true)",
    'act.target.startsWith("plan/")': "the act's target starts with plan/",
    "time.hour >= 19 || time.weekday > 5": ("the hour is at least 19, or the weekday is over 5"),
    "(task.round > 1 || task.depth > 2) && act.cost_minor > 0": (
        "(the task's round is over 1, or the task's depth is over 2)"
        " and the act's cost minor is over 0"
    ),
    "((task.round > 1))": "the task's round is over 1",
    "!(task.round > 1 && task.depth > 2)": (
        "it is not so that (the task's round is over 1 and the task's depth is over 2)"
    ),
    "act.arguments.a + 1 > 2": "`act.arguments.a + 1 > 2`",
    "act.arguments.l.all(x, x > 1)": "`act.arguments.l.all(x,x > 1)`",
    "true ? act.idempotent : false": "`true ? act.idempotent : false`",
    "true": "always",
}


@pytest.mark.parametrize("source", WORDS, ids=str)
def test_a_condition_in_words(source: str) -> None:
    assert in_words(source) == WORDS[source]


TEXT = """
policy: payments.transfer-limit
title: Large transfers need two people
scope: {tools: ["payments.*"], units: ["finance/**"], roles: [executor]}
on_error: hold
mode: shadow
facts: {transfers: {count: {tools: ["payments.*"]}, window: 1h}}
during: {days: [mon, fri], from: "08:00", to: "18:00", zone: Europe/Oslo}
rules:
  - name: over-limit
    when: act.arguments.amount_minor > 1000000
    effect: hold
    approval: {from: [finance-approver], quorum: 2, expires: 1h30m, escalate: [finance-head]}
  - {name: barred, when: 'act.arguments.payee == "Mallory"', effect: deny}
  - {name: else, effect: allow, obligations: [{throttle: {per_minute: 5}}]}
limits: [{name: hourly, fact: transfers, at_most: 20, warn_at: 15}]
obligations: [{flag: large}, {redact: [arguments.iban, arguments.name]}]
"""


def test_a_whole_policy_in_words() -> None:
    told = reading(parse(TEXT))

    assert told.where == (
        "Whenever agents in the role of executor, in finance and the units below would call"
        " payments.* on Monday or Friday, between 08:00 and 18:00 (Europe/Oslo)."
        " A condition that can't be computed holds the step."
        " In shadow: it is watched and changes nothing."
    )
    assert [(one.name, one.effect, one.text, one.line) for one in told.rules] == [
        (
            "over-limit",
            "hold",
            "If the argument amount_minor is over 1,000,000, the step waits for 2 different people"
            " with the role finance-approver; undecided after 1 h 30 min, it is denied and"
            " finance-head is told.",
            10,
        ),
        ("barred", "deny", "If the argument payee is Mallory, the step is denied.", 14),
        (
            "else",
            "allow",
            "The step is allowed, unless another rule holds or denies it."
            " It lets at most so many a minute start (per minute 5).",
            15,
        ),
        (
            "hourly",
            "deny",
            "If transfers would rise over 20, the step is denied."
            " From 15 on, the agent and the operator are warned.",
            16,
        ),
    ]
    assert told.follows == (
        "Each match marks the step with a word (large) and hides the named paths from readers"
        " (arguments.iban or arguments.name)."
    )


def test_every_rule_of_the_baseline_has_a_reading() -> None:
    for file in baseline_files():
        policy = parse(file.read_text("utf-8"))
        told = reading(policy)
        assert [one.name for one in told.rules] == [one.name for one in policy.rules]
        assert all(one.text.endswith(".") for one in told.rules)


def test_spans_of_time_in_words() -> None:
    assert [span(one) for one in (0, 59, 900, 5400, 90061)] == [
        "0 s",
        "59 s",
        "15 min",
        "1 h 30 min",
        "1 d 1 h 1 min 1 s",
    ]
