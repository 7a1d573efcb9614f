"""A policy in plain words beside its source: no line lost, nothing said that is not so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.presenters.policy_source import blocks, tokens
from orchestration.policy.language import parse
from orchestration.policy.reading import reading
from orchestration.policy.shipped import baseline_files
from orchestration.policy.terms import Policy

SOURCE = """policy: payments.limit
title: Large payments need two people
why: A payment can't be called back.
scope: {acts: [tool.call], tools: ["payments.*"], units: ["finance/**"]}
on_error: hold
rules:
  - name: over-limit
    when: act.arguments.amount_minor > 1000000
    effect: hold
    approval: {from: [approver], quorum: 2, expires: 15m}
    reason: "{act.arguments.amount_minor} is over"
  # the payee
  - name: untrusted
    when: '"untrusted" in act.labels.payee'
    effect: deny
    reason: "the payee"
obligations: [{flag: large}]
tests:
  - {name: small, given: {act: {target: payments.send, arguments: {a: 5}}}, expect: nothing}
"""


@pytest.fixture
def policy() -> Policy:
    return parse(SOURCE)


def shipped() -> list[str]:
    return [file.read_text(encoding="utf-8") for file in baseline_files()]


@pytest.mark.parametrize("source", [SOURCE, *shipped()])
def test_the_blocks_hold_every_line_once_and_in_order(source: str) -> None:
    lines = [line for block in blocks(parse(source)) for line in block["lines"]]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    texts = ["".join(text for _, text in line["tokens"]) for line in lines]
    assert texts == source.rstrip("\n").split("\n")


def test_each_rule_stands_beside_its_own_lines(policy: Policy) -> None:
    found = {block["name"]: block for block in blocks(policy) if block["name"]}
    assert list(found) == ["over-limit", "untrusted"]
    first = ["".join(text for _, text in line["tokens"]) for line in found["untrusted"]["lines"]]
    assert first[0].strip() == "- name: untrusted"


def test_the_readings_beside_the_source_are_those_of_the_engine(policy: Policy) -> None:
    said = reading(policy)
    shown = {block["title"]: block["reading"] for block in blocks(policy)}
    assert shown["over-limit"] == said.rules[0].text
    assert shown["Where it applies"] == f"{policy.why} {said.where}"
    assert shown["On each match"] == said.follows


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r")))
def test_colouring_loses_no_character(line: str) -> None:
    assert "".join(text for _, text in tokens(line)) == line
