"""Replay finds just the decisions that would come out otherwise, and says for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from orchestration.policy.bundle import Bundle
from orchestration.policy.engine import decide
from orchestration.policy.forecast import forecast
from orchestration.policy.replay import ERASED, Kind, Past, Tally, replay, whole
from orchestration.policy.sample import sample_request
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
    return Past(reference, request.canonical(), decide(request, OLD).effect)


def tallied(history: list[Past], made: Bundle) -> Tally:
    found = Tally()
    for again in replay(history, made):
        found.add(again)
    return found


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

    assert tallied([erased], NEW).undecidable == 1
    assert tallied([erased], OLD).undecidable == 0


def test_a_request_whose_arguments_were_kept_apart_is_made_whole_again() -> None:
    one = past("1", amount=99)
    stored = orjson.loads(one.request)
    arguments = stored["act"]["arguments"]
    stored["act"]["arguments"] = None

    assert whole(stored, arguments) == one.request


def test_an_erased_value_inside_what_a_rule_reads_counts_too() -> None:
    deep = past("1", amount={"inner": [ERASED]})
    above = Past(
        "2",
        deep.request.replace(b'{"amount":{"inner":[{"erased":true}]}}', b'{"erased":true}'),
        "allow",
    )

    assert tallied([deep, above], NEW).undecidable == 2


def test_a_request_that_cannot_be_read_is_undecidable_and_stops_nothing() -> None:
    broken = [Past("1", b"{}", "allow"), Past("2", b"not json", "hold")]

    found = tallied([*broken, *HISTORY[:1]], NEW)

    assert (found.total, found.undecidable, found.same) == (3, 2, 1)


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

    assert again.decision is not None
    assert again.decision.texts() == ["Title of pay.limit"]
    assert orjson.loads(again.past.request)["act"]["arguments"] == {"amount": 99}


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
