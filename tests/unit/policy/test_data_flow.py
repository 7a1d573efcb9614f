"""Untrusted data does not reach a payment, by whichever way it travels; the order's does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestration.policy.bundle import compile_bundle
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.labels import Seen
from orchestration.policy.language import parse
from orchestration.policy.sample import sample_request
from orchestration.policy.shipped import baseline_files, packs

FILES = [*baseline_files(), *packs()["payments"]]
BUNDLE = compile_bundle([parse(file.read_text("utf-8")) for file in FILES], 1)
PLANTED, ORDERED = "DE02 1203 0000", "NO93 8601 1117"

Travel = Callable[[Any, dict[str, list[str]]], Seen]


def order() -> Seen:
    seen = Seen()
    seen.add({"account": ORDERED, "amount_minor": 500}, {}, "the order")
    return seen


def straight(value: Any, labels: dict[str, list[str]]) -> Seen:
    payer = order()
    payer.add(value, labels, "web.read, step 3")
    return payer


def by_message(value: Any, labels: dict[str, list[str]]) -> Seen:
    reader = straight(value, labels)
    body = {"text": {"account": value["found"]}}
    carried, _ = reader.trace(body)
    payer = order()
    payer.add(body, carried, "message from reader")
    return payer


def by_blackboard(value: Any, labels: dict[str, list[str]]) -> Seen:
    reader = straight(value, labels)
    posted = [{"notes": [value["found"]]}]
    carried, _ = reader.trace(posted)
    payer = order()
    payer.add(posted, carried, "blackboard accounts v1")
    return payer


def by_subtask(value: Any, labels: dict[str, list[str]]) -> Seen:
    asking = straight(value, labels)
    question = {"pay to": value["found"]}
    carried, _ = asking.trace(question)
    payer = order()
    payer.add(question, carried, "the task's input")
    return payer


def by_all_three(value: Any, labels: dict[str, list[str]]) -> Seen:
    seen = by_message(value, labels)
    for number in range(3):
        handed_on = {"again": value["found"]}
        carried, _ = seen.trace(handed_on)
        seen = order()
        seen.add(handed_on, carried, f"hop {number}")
    return seen


def payment(seen: Seen, payee: str) -> Decision:
    arguments = {"payee": payee, "amount_minor": 500}
    labels, origin = seen.trace(arguments)
    act = {
        "target": "payments.transfer",
        "effect": "irreversible",
        "arguments": arguments,
        "labels": labels,
        "origin": origin,
    }
    facts = {"approvers": {"approver": 2}, "payments_last_hour": 0, "paid_last_day": 0}
    return decide(
        sample_request({"act": act, "agent": {"autonomy": "act"}, "facts": facts}), BUNDLE
    )


WAYS = [straight, by_message, by_blackboard, by_subtask, by_all_three]


@pytest.mark.parametrize("way", WAYS)
def test_an_account_found_on_an_untrusted_page_is_not_paid(way: Travel) -> None:
    decision = payment(way({"found": PLANTED}, {"": ["untrusted"]}), PLANTED)

    assert decision.effect == "deny"
    rules = {(one.policy, one.rule) for one in decision.reasons}
    assert ("payments.payee", "untrusted-payee") in rules


@pytest.mark.parametrize("way", WAYS)
def test_the_same_payment_to_the_account_of_the_order_passes(way: Travel) -> None:
    decision = payment(way({"found": PLANTED}, {"": ["untrusted"]}), ORDERED)

    assert decision.effect == "allow"


@pytest.mark.parametrize("way", WAYS)
def test_an_account_from_a_trusted_source_is_paid_by_the_same_ways(way: Travel) -> None:
    assert payment(way({"found": PLANTED}, {}), PLANTED).effect == "allow"


@pytest.mark.parametrize("way", WAYS)
def test_changing_the_accounts_spelling_on_the_way_does_not_wash_it(way: Travel) -> None:
    seen = way({"found": PLANTED}, {"": ["untrusted"]})

    assert payment(seen, PLANTED.replace(" ", "")).effect == "deny"


def test_a_person_who_vouches_for_the_account_lets_it_pass() -> None:
    seen = straight({"found": PLANTED}, {"": ["untrusted"]})
    seen.endorse(PLANTED, "untrusted")

    assert payment(seen, PLANTED).effect == "allow"


def test_the_reason_says_where_the_account_came_from() -> None:
    seen = by_message({"found": PLANTED}, {"": ["untrusted"]})

    assert "the payee came from message from reader" in payment(seen, PLANTED).texts()
