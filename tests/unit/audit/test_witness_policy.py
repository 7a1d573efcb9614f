"""A witness policy: what it says, who is enough, and what cannot be followed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import keys
from audit.notes import COSIGNATURE, BadNote
from audit.witness_policy import KnownWitness, WitnessPolicy, parse_policy, with_witness

KEYS = {name: keys.generate(f"{name}.example", COSIGNATURE).verifier for name in "abc"}
THREE = "".join(f"witness {name} {key} https://{name}.example/\n" for name, key in KEYS.items())


def met(policy: WitnessPolicy, signed: str) -> bool:
    return policy.is_met(lambda witness: witness.name in set(signed))


def test_without_a_quorum_any_one_signature_is_enough() -> None:
    policy = parse_policy(THREE)
    assert met(policy, "b")
    assert not met(policy, "")
    assert policy.said() == "any 1 of 3"
    assert policy.witnesses["a"].url == "https://a.example"


def test_a_group_counts_its_members_and_groups_nest() -> None:
    policy = parse_policy(
        f"# two on other hosts, or ours with one of them\n{THREE}"
        "group others any b c\ngroup both all a others  # ours and one more\nquorum both\n"
    )
    assert {signed for signed in ("a", "b", "bc", "ab", "ac", "abc") if met(policy, signed)} == {
        "ab",
        "ac",
        "abc",
    }
    assert policy.said() == "2 of a, others"


@given(st.sets(st.sampled_from("abc")), st.integers(1, 3))
def test_so_many_of_three_are_so_many_of_three(signed: set[str], least: int) -> None:
    policy = parse_policy(f"{THREE}group some {least} a b c\nquorum some\n")
    assert met(policy, "".join(signed)) is (len(signed) >= least)


def test_a_policy_may_name_one_witness_or_ask_for_none() -> None:
    assert not met(parse_policy(f"{THREE}quorum c\n"), "ab")
    assert met(parse_policy(f"{THREE}quorum none\n"), "")


@pytest.mark.parametrize(
    "text",
    [
        "witness a nonsense http://a\n",
        f"witness a {KEYS['a']} ftp://a\n",
        f"witness a {KEYS['a']}\n",
        f"{KEYS['a']} http://a\n",
        f"witness a {keys.generate('log').verifier} http://a\n",
        f"{THREE}witness a {KEYS['a']} http://a\n",
        f"{THREE}group g 4 a b c\n",
        f"{THREE}group g 0 a\n",
        f"{THREE}group g x a\n",
        f"{THREE}group g any a a\n",
        f"{THREE}group g any\n",
        f"{THREE}group g any later\n",
        f"{THREE}group a any b\n",
        f"{THREE}quorum nobody\n",
        f"{THREE}quorum a\nquorum b\n",
    ],
    ids=itertools.count(1),  # keys are made anew, and must not be part of a test's name
)
def test_what_cannot_be_followed_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(BadNote, match=r"^line \d+ of the witness policy"):
        parse_policy(text)


def test_a_witness_that_comes_back_gets_its_new_address_and_keeps_its_name() -> None:
    text = f"{THREE}group two 2 a b c\nquorum two\n"
    moved = with_witness(text, KnownWitness(KEYS["b"], "http://127.0.0.1:9"))
    assert parse_policy(moved).witnesses["b"].url == "http://127.0.0.1:9"
    assert parse_policy(moved).witnesses["b"].local
    assert moved.count("\n") == text.count("\n")


def test_a_new_witness_stands_before_the_groups() -> None:
    new = keys.generate("d.example", COSIGNATURE).verifier
    policy = parse_policy(with_witness(f"{THREE}quorum a\n", KnownWitness(new, "http://d")))
    assert policy.witnesses["d.example"].key == new
    assert policy.quorum == "a"
    assert parse_policy(with_witness("", KnownWitness(new, "http://d"))).witnesses
