"""Laws of deciding that hold for any policies and any request."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.policy.bundle import compile_bundle
from orchestration.policy.engine import decide, outline
from orchestration.policy.language import parse
from orchestration.policy.redaction import redact
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request
from orchestration.policy.shipped import baseline_files
from orchestration.policy.terms import STRENGTH, ApprovalTerms, Policy, Rule, Scope
from tests.unit.policy.makers import policy, rule

FAILING = ["act.arguments.missing > 1", "act.arguments.text > 1", "1 / act.arguments.zero > 1"]
CONDITIONS = [
    None,
    "true",
    "false",
    "act.arguments.amount > 10",
    "act.arguments.amount <= 10",
    "has(act.arguments.amount) && act.arguments.amount == 3",
    '"untrusted" in agent.capabilities',
    'act.labels.exists(leaf, "untrusted" in act.labels[leaf])',
    "act.cost_minor > 5 || task.round > 1",
    *FAILING,
]
SCOPES: list[dict[str, Any]] = [
    {},
    {"acts": ("tool.call",)},
    {"tools": ("sample.*",)},
    {"tools": ("pay.out",)},
    {"units": ("demo/finance",)},
    {"effects": ("write", "irreversible")},
]

TERMS = ApprovalTerms(("approver",))
BASELINE = tuple(parse(file.read_text(encoding="utf-8")) for file in baseline_files())


@st.composite
def policies(draw: st.DrawFn, least: int = 0) -> list[Policy]:
    """Policies made without their text, which would take most of the time."""
    count = draw(st.integers(least, 4))
    made = []
    for at in range(count):
        effects = draw(st.lists(st.sampled_from(sorted(STRENGTH)), min_size=1, max_size=3))
        drawn = [
            Rule(f"r{n}", effect, draw(st.sampled_from(CONDITIONS)) or "")
            for n, effect in enumerate(effects)
        ]
        scope = draw(st.sampled_from(SCOPES))
        mode = draw(st.sampled_from(["enforce", "enforce", "shadow"]))
        on_error = draw(st.sampled_from(["deny", "hold"]))
        made.append(
            Policy(
                f"drawn.p{at}",
                "Drawn",
                f"{drawn} {scope} {mode} {on_error}",
                Scope(**scope),
                mode,
                on_error,
                tuple(drawn),
                approval=TERMS,
            )
        )
    return made


@st.composite
def requests(draw: st.DrawFn) -> Request:
    arguments: dict[str, Any] = {"text": "some", "zero": 0}
    if draw(st.booleans()):
        arguments["amount"] = draw(st.integers(-5, 20))
    effect = draw(st.sampled_from(["read", "write", "irreversible"]))
    labels = draw(st.sampled_from([{}, {"text": ["untrusted"]}, {"text": ["personal"]}]))
    target = draw(st.sampled_from(["sample.tool", "pay.out"]))
    unit = draw(st.sampled_from(["demo", "demo/finance/emea"]))
    approvals = []
    if draw(st.booleans()):
        clauses = [{"policy": f"drawn.p{at}", "rule": f"r{at}"} for at in range(3)]
        approvals = [{"id": "a", "digest": "0" * 64, "clauses": clauses, "by": ["ada"]}]
    return sample_request(
        {
            "act": {
                "target": target,
                "effect": effect,
                "arguments": arguments,
                "labels": labels,
                "cost_minor": draw(st.integers(0, 9)),
            },
            "agent": {"unit": unit, "grants": draw(st.sampled_from([["*"], ["sample.*"], []]))},
            "approvals": approvals,
        }
    )


@given(policies(), requests())
def test_the_outline_of_a_decision_is_the_decision_without_its_values(
    made: list[Policy], request: Request
) -> None:
    bundle = compile_bundle(made, 1)

    whole, brief = decide(request, bundle), outline(request, bundle)

    first = whole.reasons[0]
    assert (brief.effect, brief.rule) == (whole.effect, f"{first.policy}/{first.rule}")
    assert brief.clauses == whole.clauses


@given(policies(least=1), requests(), st.randoms(use_true_random=False))
def test_the_order_of_policies_changes_not_one_byte(
    made: list[Policy], request: Request, random: Any
) -> None:
    shuffled = random.sample(made, len(made))

    one, other = compile_bundle(made, 1), compile_bundle(shuffled, 1)

    assert one.hash == other.hash
    assert decide(request, one).canonical() == decide(request, other).canonical()


@given(policies(), requests())
def test_asking_rule_by_rule_or_many_at_once_is_the_same(
    made: list[Policy], request: Request
) -> None:
    together, apart = compile_bundle(made, 1), compile_bundle(made, 1, chunk=1)

    assert decide(request, together).canonical() == decide(request, apart).canonical()


@given(policies(), requests(), st.sampled_from(CONDITIONS))
def test_adding_a_deny_never_makes_anything_easier(
    made: list[Policy], request: Request, when: str | None
) -> None:
    before = decide(request, compile_bundle(made, 1))

    after = decide(request, compile_bundle([*made, policy("z.more", rule("deny", when))], 1))

    assert STRENGTH[after.effect] >= STRENGTH[before.effect]


@given(policies(), requests(), st.sampled_from(CONDITIONS))
def test_adding_a_hold_never_makes_anything_easier(
    made: list[Policy], request: Request, when: str | None
) -> None:
    before = decide(request, compile_bundle(made, 1))

    after = decide(request, compile_bundle([*made, policy("z.more", rule("hold", when))], 1))

    assert STRENGTH[after.effect] >= STRENGTH[before.effect]


@given(policies(), requests())
def test_an_error_never_allows(made: list[Policy], request: Request) -> None:
    decision = decide(request, compile_bundle(made, 1))

    enforced = {one.key for one in made if one.mode == "enforce"}
    met = {(one.policy, one.rule) for one in decision.rules_seen if one.result == "satisfied"}
    for seen in decision.rules_seen:
        if seen.result == "failed" and (seen.policy, seen.rule) not in met:
            assert seen.policy in enforced
            assert decision.effect != "allow"


@given(requests(), st.sampled_from(FAILING))
def test_an_allow_that_fails_denies_although_another_allows(request: Request, when: str) -> None:
    both = [policy("a.all", rule("allow")), policy("b.fails", rule("allow", when))]

    assert decide(request, compile_bundle(both, 1)).effect == "deny"


@given(policies(), requests())
def test_shadow_rules_change_nothing_but_what_is_said_of_the_shadow(
    made: list[Policy], request: Request
) -> None:
    enforced = [one for one in made if one.mode == "enforce"]

    beside = decide(request, compile_bundle(made, 1))
    alone = decide(request, compile_bundle(enforced, 1))

    assert (beside.effect, beside.reasons, beside.obligations, beside.clauses) == (
        alone.effect,
        alone.reasons,
        alone.obligations,
        alone.clauses,
    )


@given(policies(), requests())
def test_without_a_grant_no_tool_call_is_allowed_or_held(
    made: list[Policy], request: Request
) -> None:
    ungranted = json.loads(request.canonical())
    ungranted["agent"]["grants"] = []

    decision = decide(Request.parse(json.dumps(ungranted).encode()), compile_bundle(made, 1))

    assert decision.effect == "deny"


@given(requests())
@settings(max_examples=20)
def test_a_stored_request_is_decided_again_to_the_same_bytes(request: Request) -> None:
    first = decide(request, compile_bundle(BASELINE, 1))
    again = decide(Request.parse(request.canonical()), compile_bundle(reversed(BASELINE), 1))

    assert again.canonical() == first.canonical()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["iban", "name", "redacted", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
patterns = st.lists(
    st.sampled_from(
        ["arguments.iban", "arguments.*", "*", "arguments.*.name", "*.redacted", "arguments.0"]
    ),
    max_size=3,
)


@given(json_values, patterns)
@settings(max_examples=200)
def test_redacting_twice_is_redacting_once(value: Any, named: list[str]) -> None:
    once = redact(value, named)

    assert redact(once, named) == once


@given(json_values)
def test_redacting_nothing_changes_nothing(value: Any) -> None:
    assert redact(value, []) == value
