"""Replay finds just the decisions that would come out otherwise, and says for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from orchestration.policy.bundle import Bundle
from orchestration.policy.engine import BUILT_IN, decide
from orchestration.policy.forecast import forecast
from orchestration.policy.past import ERASED, Asked, Past, past_of
from orchestration.policy.replay import Kind, replay
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request
from orchestration.policy.tally import Tally
from tests.unit.policy.makers import bundle, policy, rule

OLD = bundle(policy("a.all", rule("allow")))
LIMIT = policy("pay.limit", rule("deny", "act.arguments.amount > 50"), scope={"tools": ["pay.*"]})
NEW = bundle(policy("a.all", rule("allow")), LIMIT)


def past(reference: str, agent: str = "ada", tool: str = "pay.out", amount: Any = 1) -> Past:
    given = {
        "act": {"target": tool, "arguments": {"amount": amount}},
        "agent": {"name": agent},
    }
    request = sample_request(given)
    partly = b'"erased":true' in request.canonical()
    return Past(reference, request, decide(request, OLD).effect, partly=partly)


def tallied(history: list[Past], made: Bundle) -> Tally:
    found = Tally()
    for again in replay(history, made):
        found.add(again)
    return found


ASKED = {"from": ["approver"], "quorum": 2}
HISTORY = [past(f"step {n}", "ada" if n % 2 else "bob", "pay.out", n) for n in range(100)]


def test_nothing_flips_under_the_bundle_it_was_decided_by() -> None:
    found = tallied(HISTORY, OLD)

    assert (found.total, found.same, found.flips) == (100, 100, {})


def test_what_flips_is_just_what_deciding_anew_says() -> None:
    found = tallied(HISTORY, NEW)

    assert found.flips == {
        Kind("allow", "deny", "pay.limit/r", "ada", "pay.out"): 25,
        Kind("allow", "deny", "pay.limit/r", "bob", "pay.out"): 24,
    }
    assert found.total == found.same + sum(found.flips.values())
    assert found.samples[Kind("allow", "deny", "pay.limit/r", "ada", "pay.out")] == [
        "step 51",
        "step 53",
        "step 55",
        "step 57",
        "step 59",
    ]


def test_changes_are_grouped_by_any_of_their_sides_most_first() -> None:
    found = tallied([*HISTORY, past("more", "eve", "pay.back", 99)], NEW)

    assert found.grouped("was", "now") == [(("allow", "deny"), 50)]
    assert found.grouped("tool") == [(("pay.out",), 49), (("pay.back",), 1)]


def test_parts_tallied_apart_add_up_to_the_whole() -> None:
    whole = tallied(HISTORY, NEW)
    one, other = tallied(HISTORY[:37], NEW), tallied(HISTORY[37:], NEW)

    one.merge(other)

    assert one == whole


def test_an_agent_none_of_whose_allowed_steps_would_be_allowed_is_named() -> None:
    history = [past("1", "ada", amount=99), past("2", "bob", amount=99), past("3", "bob")]

    assert tallied(history, NEW).stalled() == ["ada"]


def test_a_request_whose_value_was_erased_is_undecidable_where_a_rule_reads_it() -> None:
    erased = past("1", amount=ERASED)

    assert tallied([erased], NEW).undecidable == {"erased": 1}
    assert tallied([erased], OLD).undecidable == {}


def test_an_erased_value_inside_what_a_rule_reads_counts_too() -> None:
    deep = past("1", amount={"inner": [ERASED]})
    above = deep._replace(
        request=Request.parse(
            deep.request.canonical().replace(
                b'{"amount":{"inner":[{"erased":true}]}}', b'{"erased":true}'
            )
        )
    )

    assert tallied([deep, above], NEW).undecidable == {"erased": 2}


def test_a_request_that_cannot_be_read_is_undecidable_and_stops_nothing() -> None:
    found = tallied([Past("1", None, "allow"), *HISTORY[:1]], NEW)

    assert (found.total, found.undecidable, found.same) == (2, {"unreadable": 1}, 1)


def stored(effect: str, reason: tuple[str, str], **other: Any) -> dict[str, Any]:
    """A decision input as the payload store holds it, arguments apart."""
    request = orjson.loads(past("1", amount=99).request.canonical())
    request["act"]["arguments"] = None
    request |= other.pop("request", {})
    decision = {"effect": effect, "reasons": [{"policy": reason[0], "rule": reason[1]}]}
    return {"request": request, "decision": decision | {"clauses": [], "obligations": []} | other}


def test_a_stored_decision_is_made_whole_again_with_its_arguments() -> None:
    one = past_of("1", stored("allow", ("a.all", "r")), {"amount": 99})

    assert one is not None
    assert one.request is not None
    assert one.request.canonical() == past("1", amount=99).request.canonical()


@pytest.mark.parametrize(
    ("rule", "was"), [("budget", "allow"), ("obligation", "allow"), ("approval", "hold")]
)
def test_what_policies_said_is_compared_and_not_what_else_stood_in_the_way(rule, was) -> None:
    one = past_of("1", stored("deny", (BUILT_IN, rule)), {"amount": 1})

    assert one is not None
    assert one.effect == was


def test_a_call_that_was_no_proper_call_is_passed_over() -> None:
    assert past_of("1", stored("deny", (BUILT_IN, "contract")), {}) is None


def test_a_step_that_people_approved_is_decided_again_as_it_was_first_asked() -> None:
    met = {"policy": "x.y", "rule": "r", "roles": ["approver"]}
    granted = {"id": "1", "digest": "0" * 64, "clauses": [met], "by": ["a", "b"], "granted_at": ""}
    considered = stored("allow", ("a.all", "r"), request={"approvals": [granted]})

    one = past_of("1", considered, {"amount": 1})

    assert one is not None
    assert (one.effect, one.asked) == ("hold", (Asked("x.y/r", "approver", 2),))
    assert one.request is not None
    assert one.request.approvals == ()


def test_what_a_policy_kept_from_the_store_is_undecidable_where_a_rule_reads_it() -> None:
    duty = {"kind": "redact", "value": ["arguments.amount"]}
    considered = stored("allow", ("a.all", "r"), obligations=[duty])

    one = past_of("1", considered, {"amount": "[hidden]", "to": "x"})

    assert one is not None
    assert tallied([one], NEW).undecidable == {"erased": 1}
    assert tallied([one], OLD).same == 1


COUNTED = policy(
    "pay.count",
    facts={"paid": {"count": {"tools": ["pay.*"]}, "window": "1h"}},
    limits=[{"name": "few", "fact": "paid", "at_most": 2}],
)


def test_a_fact_that_was_not_measured_then_is_counted_now_or_undecidable() -> None:
    made = bundle(policy("a.all", rule("allow")), COUNTED)

    counted = [
        again.kind.now for again in replay(HISTORY[:4], made, lambda one, facts: {"paid": 2})
    ]

    assert tallied(HISTORY[:4], made).undecidable == {"fact not known": 4}
    assert counted == ["deny"] * 4


def test_a_tally_is_kept_as_json_and_taken_up_again() -> None:
    found = tallied(HISTORY, NEW)
    again = Tally.of_json(orjson.loads(orjson.dumps(found.as_json())))

    assert again == found
    again.merge(tallied([past("more", amount=99)], NEW))
    assert again.total == found.total + 1
    assert Tally.of_json({}) == Tally()


def test_rules_are_counted_by_whether_they_matched_decided_or_failed() -> None:
    broken = policy("x.fails", rule("deny", "act.arguments.nothing > 1"))
    made = bundle(policy("a.all", rule("allow")), LIMIT, broken)

    rules = tallied(HISTORY, made).rules

    assert rules.matched == {"a.all/r": 100, "pay.limit/r": 49}
    assert rules.decided == {"pay.limit/r": 49}
    assert rules.failed == {"x.fails/r": 100}


def test_approvals_are_counted_then_and_now_by_whom_they_ask() -> None:
    ask = policy("pay.ask", rule("hold", "act.arguments.amount > 50", approval=ASKED))
    found = tallied(HISTORY, bundle(policy("a.all", rule("allow")), ask))

    assert (found.held_then, found.held_now) == (0, 49)
    assert found.asked_now == {Asked("pay.ask/r", "approver", 2): 49}


def test_replay_reads_on_only_while_it_is_asked_to() -> None:
    taken: list[str] = []

    def history() -> Iterator[Past]:
        for one in HISTORY:
            taken.append(one.reference)
            yield one

    for again in replay(history(), NEW):
        if again.past.reference == "step 9":
            break

    assert len(taken) == 10


def test_each_decision_made_anew_carries_its_reasons() -> None:
    (again,) = replay([past("1", amount=99)], NEW)

    assert again.outline is not None
    assert (again.outline.effect, again.outline.rule) == ("deny", "pay.limit/r")
    assert again.past.request is not None
    assert decide(again.past.request, NEW).texts() == ["Title of pay.limit"]


def test_a_forecast_rests_on_measured_times_and_shows_their_spread() -> None:
    found = forecast(76, 38, 86_400, [60, 120, 198, 240, 300])

    assert found.approvals == 38
    assert found.hours == pytest.approx(76 * 198 / 3600)
    assert found.low == pytest.approx(76 * 120 / 3600)
    assert found.high == pytest.approx(76 * 240 / 3600)


def test_without_enough_measured_times_no_hours_are_made_up() -> None:
    found = forecast(10, 10, 43_200, [60, 90])

    assert (found.approvals, found.hours, found.measured) == (20, None, 2)


def test_a_history_of_no_length_has_no_forecast() -> None:
    with pytest.raises(ValueError, match="last some time"):
        forecast(1, 1, 0, [])
