"""A bundle finds what applies, and its hash says what it holds."""

from __future__ import annotations

import pytest

from orchestration.policy.bundle import Bundle, ContradictoryPolicies, compile_bundle, hash_of
from orchestration.policy.sample import sample_request
from orchestration.policy.scopes import covers, place_of
from tests.unit.policy.makers import bundle, policy, rule


def test_the_hash_knows_the_texts_and_neither_order_nor_number() -> None:
    one, two = policy("a.b", rule("allow")), policy("c.d", rule("deny"))
    other = policy("c.d", rule("deny", "true"))

    assert compile_bundle([one, two], 1).hash == compile_bundle([two, one], 9).hash
    assert hash_of([one, two]) == hash_of([two, one]) == compile_bundle([two, one], 1).hash
    assert compile_bundle([one, two], 1).hash != compile_bundle([one, other], 1).hash
    assert compile_bundle([one, two], 1).hash != compile_bundle([one], 1).hash


def test_two_policies_of_one_key_are_refused() -> None:
    with pytest.raises(ContradictoryPolicies, match=r"two policies are called a\.b"):
        bundle(policy("a.b", rule("allow")), policy("a.b", rule("deny")))


def test_one_fact_declared_in_two_ways_is_refused_and_in_one_way_is_shared() -> None:
    def counting(key: str, window: str) -> object:
        facts = {"calls": {"count": {"acts": ["tool.call"]}, "window": window}}
        return policy(key, rule("deny", "facts.calls > 3"), facts=facts)

    with pytest.raises(ContradictoryPolicies, match="declares the fact calls differently"):
        bundle(counting("a.b", "1h"), counting("c.d", "2h"))  # type: ignore[arg-type]
    made = bundle(counting("a.b", "1h"), counting("c.d", "1h"))  # type: ignore[arg-type]
    found = made.candidates(place_of(sample_request({})))
    assert [fact.name for fact in found.facts] == ["calls"]


def hundred_tools() -> Bundle:
    return bundle(
        policy("every.tool", rule("allow")),
        policy("family.pay", rule("deny"), scope={"tools": ["pay.*"]}),
        policy("two.tools", rule("deny"), scope={"tools": ["pay.t1", "pay.t2"]}),
        *(policy(f"one.t{n}", rule("deny"), scope={"tools": [f"pay.t{n}"]}) for n in range(100)),
    )


@pytest.mark.parametrize("target", ["pay.t1", "pay.t2", "pay.t77", "pay.none", "other"])
@pytest.mark.parametrize("act", ["tool.call", "board.post"])
def test_the_index_finds_just_what_a_look_at_every_policy_would(target: str, act: str) -> None:
    made = hundred_tools()
    where = place_of(sample_request({"act": {"name": act, "target": target}}))

    found = sorted(one.key for group in made.candidates(where).groups for one in group.policies)

    assert found == [one.key for one in made.policies if covers(one.scope, where)]


def test_only_what_can_match_is_looked_at() -> None:
    made = hundred_tools()

    found = made.candidates(place_of(sample_request({"act": {"target": "pay.t77"}})))

    assert sum(len(group.policies) for group in found.groups) == 3


def test_a_bundle_forgets_places_rather_than_growing_without_end() -> None:
    made = bundle(policy("a.b", rule("allow")))
    for number in range(10_000):
        made.candidates(place_of(sample_request({}))._replace(target=f"t{number}"))

    assert len(made._known) <= 4096


def test_the_roles_that_clauses_name_are_known() -> None:
    asking = policy("x.y", rule("hold", approval={"from": ["approver", "admin"]}))

    assert bundle(asking).roles() == {"approver", "admin"}
