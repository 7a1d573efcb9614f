"""Principles, differences between bundles, and what policies leave out."""

from __future__ import annotations

import pytest

from orchestration.policy.compare import compare
from orchestration.policy.coverage import Coverage, unspoken
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.principles import carried, standing
from orchestration.policy.sample import sample_request
from orchestration.policy.scopes import place_of
from orchestration.policy.source import PolicyError
from tests.unit.policy.makers import bundle, decided, policy, rule

TEXT = """policy: x.constitution
title: T
principles:
  - {key: honesty, text: Say what is known and what is guessed.}
  - {key: care, text: Ask before what cannot be undone., enforced_by: [x.hold, x.shadow, x.gone]}
"""


def test_a_principle_that_no_policy_enforces_is_advice_only() -> None:
    made = bundle(policy("x.hold", rule("hold")), policy("x.shadow", rule("deny"), mode="shadow"))

    honesty, care = standing(parse(TEXT).principles, made)

    assert honesty.advice_only
    assert not care.advice_only
    assert (care.enforced_by, care.shadowed, care.absent) == (
        ("x.hold",),
        ("x.shadow",),
        ("x.gone",),
    )


def test_a_principle_whose_policy_only_watches_is_advice_too() -> None:
    made = bundle(policy("x.shadow", rule("deny"), mode="shadow"))

    assert standing(parse(TEXT).principles, made)[1].advice_only


@pytest.mark.parametrize(
    "text",
    [
        "principles: [{key: a}]",
        "principles: [{key: A, text: x}]",
        "principles: [{key: a, text: x}, {key: a, text: y}]",
        "principles: []",
        "principles: [{key: a, text: %s}]" % ("x" * 401),
    ],
)
def test_a_faulty_text_of_principles_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match=r"line [13]"):
        parse(f"policy: a.b\ntitle: T\n{text}")


def test_a_unit_carries_the_principles_of_policies_in_force_that_cover_it() -> None:
    honesty = {"key": "honesty", "text": "Say it.", "enforced_by": ["x.all"]}
    care = {"key": "care", "text": "Ask."}
    made = bundle(
        policy("x.all", rule("allow")),
        policy("x.everywhere", principles=[honesty]),
        policy("x.finance", principles=[care], scope={"units": ["acme/finance"]}),
        policy("x.shadow", principles=[care], mode="shadow"),
    )

    assert [one.principle.key for one in carried(made, "acme/sales")] == ["honesty"]
    found = carried(made, "acme/finance/emea")
    assert [(one.principle.key, one.advice_only) for one in found] == [
        ("honesty", False),
        ("care", True),
    ]


def test_a_policy_that_only_carries_principles_says_nothing_to_acts() -> None:
    assert decided({}, policy("x.c", principles=[{"key": "a", "text": "b"}])).effect == "deny"


def test_what_came_went_and_changed_between_two_bundles() -> None:
    old = bundle(
        policy("a.gone", rule("allow")),
        policy("b.same", rule("allow")),
        policy("c.changed", rule("deny", "true", "one"), rule("deny", name="two")),
    )
    new = bundle(
        policy("b.same", rule("allow")),
        policy(
            "c.changed",
            rule("deny", "false", "one"),
            rule("deny", name="three"),
            mode="shadow",
        ),
        policy("d.new", rule("allow")),
    )

    found = compare(old, new)

    assert (found.added, found.removed) == (("d.new",), ("a.gone",))
    (changed,) = found.changed
    assert (changed.key, changed.parts) == ("c.changed", ("mode",))
    assert (changed.rules_added, changed.rules_removed, changed.rules_changed) == (
        ("three",),
        ("two",),
        ("one",),
    )


def test_a_bundle_does_not_differ_from_itself() -> None:
    made = bundle(policy("a.b", rule("allow")))

    assert compare(made, made).changed == compare(made, made).added == ()


def test_rules_that_never_matched_or_never_counted_are_named() -> None:
    made = bundle(
        policy(
            "x.y",
            rule("allow", name="overridden"),
            rule("deny", name="decides"),
            rule("deny", "act.cost_minor > 5", name="never"),
            rule("deny", "act.arguments.missing > 5", name="fails"),
        )
    )
    found = Coverage(made)

    found.add(decide(sample_request({}), made))

    assert found.never_matched() == ["x.y/never", "x.y/fails"]
    assert found.always_overridden() == ["x.y/overridden"]
    assert found.failed == {"x.y/fails": 1}


def test_places_no_policy_speaks_about_are_found() -> None:
    made = bundle(
        policy("x.y", rule("allow"), scope={"tools": ["pay.*"]}),
        policy("s.s", rule("allow"), mode="shadow"),
    )
    known = place_of(sample_request({"act": {"target": "pay.out"}}))
    unknown = place_of(sample_request({"act": {"target": "mail.send"}}))

    assert unspoken(made, [known, unknown]) == [unknown]


def test_a_rule_that_only_moved_has_not_changed() -> None:
    moved = "policy: a.b\ntitle: T\nrules:\n\n\n  - {name: r, effect: deny}\n"

    (changed,) = compare(bundle(parse(moved.replace("\n\n\n", "\n"))), bundle(parse(moved))).changed

    assert (changed.rules_changed, changed.parts) == ((), ())
