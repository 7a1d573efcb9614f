"""Whole runs: a plan is carried out, the world changes, people decline, and the agents adapt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestration.blueprints.freight import BLUEPRINT
from orchestration.blueprints.freight.domain.costs import (
    CHANGE_FEE_MINOR_PER_TEU,
    Cargo,
    landed_cost,
)
from orchestration.blueprints.freight.domain.network import shortest_way
from orchestration.blueprints.freight.domain.orders import PAYMENT_LIMIT_MINOR, brief
from orchestration.errors import InvalidInput
from tests.unit.freight.small_runtime import Board, Run


def over_limit(tool: str, arguments: dict[str, Any]) -> str:
    """What the approvers of these tests do with large payments."""
    dear = tool == "payments.transfer" and arguments["amount_minor"] > PAYMENT_LIMIT_MINOR
    return "too dear" if dear else ""


def row_of(run: Run, shipment: str) -> dict[str, Any]:
    rows = run.verdicts[-1]["outcome"]["plan"]
    return next(row for row in rows if row["shipment"] == shipment)


@pytest.mark.parametrize("seed", [1, 7, 23])
def test_the_first_plan_is_rejected_over_customs_and_the_next_buys_elsewhere(start, seed):
    run = start(seed)
    verdict = run.finish()
    first, last = run.verdicts[0], run.verdicts[-1]
    assert not first["accepted"]
    assert "refused by customs" in first["critique"][0]
    assert verdict["accepted"]
    assert last["outcome"]["totals"]["served_teu"] == last["outcome"]["totals"]["ordered_teu"]
    redone = run.plans[1]["redone"]
    assert [one["shipment"] for one in redone] == ["S02"]
    before = next(order for order in run.brief["orders"] if order["id"] == "S02")
    assert row_of(run, "S02")["supplier"] != before["supplier"]


def test_refused_goods_are_neither_booked_nor_paid_nor_announced(start):
    run = start(7)
    run.advance()
    booked = {call["shipment"] for call in run.called("bookings.reserve")}
    paid = " ".join(call["reference"] for call in run.called("payments.transfer"))
    told = " ".join(call["subject"] for call in run.called("email.send"))
    assert "S02" not in booked
    assert "S02" not in paid
    assert "S02" not in told
    assert "S01" in booked


@pytest.mark.parametrize("seed", [0, 3, 5, 8])
def test_in_a_quiet_run_exactly_one_payment_is_over_the_limit(start, seed):
    run = start(seed)
    run.finish()
    amounts = [call["amount_minor"] for call in run.called("payments.transfer")]
    assert [amount > PAYMENT_LIMIT_MINOR for amount in amounts].count(True) == 1


def test_every_cost_of_the_plan_follows_from_distance_and_agreed_price(start):
    run = start(7)
    run.finish()
    orders = {
        one["order"]["id"]: one["order"]
        for one in run.board["plan/shipments"].value["shipments"].values()
    }
    for row in run.verdicts[-1]["outcome"]["plan"]:
        way = shortest_way(row["from"], row["to"], frozenset())
        assert (row["sea_km"], tuple(row["passages"])) == (way.km, way.passages)
        supply = run.work[
            run.board["plan/shipments"].value["supply"][f"{row['supplier']}/{row['commodity']}"]
        ]
        clear = run.work[
            run.board["plan/shipments"].value["shipments"][row["shipment"]]["keys"]["clear"]
        ]
        goods = supply.result["prices"][row["commodity"]] * orders[row["shipment"]]["teu"]
        cost = landed_cost(
            Cargo(row["teu"], goods, clear.result["duty_bps"]),
            sea_km=way.km,
            road_km=0,
            passages=way.passages,
            service=row["service"],
        )
        assert row["logistics_minor"] == cost.logistics_minor
        assert row["paid_minor"] == cost.payable_minor


@pytest.mark.parametrize("after", [0, 20, 45, 60, 75, 200])
def test_when_suez_closes_only_what_it_touches_is_planned_again_and_goes_around_africa(
    start, after
):
    quiet = start(7)
    quiet.finish()
    through = {
        row["shipment"]
        for row in quiet.verdicts[-1]["outcome"]["plan"]
        if "suez" in row["passages"]
    }
    run = start(7)
    run.advance(after)
    run.close("suez")
    assert {one["shipment"] for one in run.plans[1]["redone"]} == through
    assert run.finish()["accepted"]
    for shipment in through:
        row, before = row_of(run, shipment), row_of(quiet, shipment)
        assert "suez" not in row["passages"]
        assert row["sea_km"] > before["sea_km"]
        assert row["arrives_day"] <= row["deadline_day"]
    others = {row["shipment"] for row in quiet.verdicts[-1]["outcome"]["plan"]} - through
    assert all(row_of(run, one) == row_of(quiet, one) for one in others)


def test_a_rebooking_of_what_was_paid_is_paid_in_full_with_a_fee_and_frees_the_old_space(start):
    run = start(7)
    run.advance()
    first = next(call for call in run.called("payments.transfer") if "S01" in call["reference"])
    run.close("suez")
    run.advance()
    second = [call for call in run.called("payments.transfer") if "S01" in call["reference"]][-1]
    teu = run.board["plan/shipments"].value["shipments"]["S01"]["order"]["teu"]
    cost = run.work["pay-S01-r2"].result["route"]["cost"]["payable_minor"]
    assert second["reference"].startswith("Rebooking S01")
    assert second["amount_minor"] == cost + teu * CHANGE_FEE_MINOR_PER_TEU > first["amount_minor"]
    assert second["amount_minor"] > PAYMENT_LIMIT_MINOR
    cancelled = {call["booking"] for call in run.called("bookings.cancel")}
    assert run.work["book-S01"].result["booking"] in cancelled


def test_customers_of_rerouted_shipments_are_told_what_closed(start):
    run = start(7)
    run.advance()
    run.close("suez")
    before = len(run.called("email.send"))
    run.advance()
    letters = run.called("email.send")[before:]
    assert letters
    assert all("Suez Canal being closed" in letter["body"] for letter in letters)


def test_a_closed_port_is_replaced_by_its_neighbour_and_a_lorry(start):
    run = start(7)
    run.advance(60)
    run.close("Rotterdam")
    assert [one["shipment"] for one in run.plans[1]["redone"]] == ["S01"]
    assert run.finish()["accepted"]
    assert row_of(run, "S01")["to"] == "BEANR"
    assert "Rotterdam is closed, near it lie BEANR" in run.work["route-S01-r2"].result["reason"]


def test_a_shipment_that_nothing_can_reach_is_dropped_and_its_customer_told(start):
    run = start(7)
    run.advance(60)
    for port in ("GBFXT", "GBLGP", "GBSOU"):
        run.close(port)
    verdict = run.finish()
    dropped = [row for row in verdict["outcome"]["plan"] if row["state"] == "dropped"]
    assert {row["customer"] for row in dropped} == {"albion"}
    assert verdict["accepted"]
    for row in dropped:
        subjects = [letter["subject"] for letter in run.called("email.send")]
        assert f"Shipment {row['shipment']} will not travel" in subjects


def test_a_declined_payment_makes_the_treasurer_take_a_cheaper_route_under_the_limit(start):
    run = start(7, refuse=over_limit)
    assert run.finish()["accepted"]
    row = row_of(run, "S01")
    assert row["service"] == "slow"
    assert row["paid_minor"] <= PAYMENT_LIMIT_MINOR
    assert row["arrives_day"] <= row["deadline_day"]
    assert len(run.refused) == 1
    kept = {call["booking"] for call in run.called("bookings.cancel")}
    assert len(kept) == 1


def test_when_every_way_is_declined_the_booking_is_given_back_and_the_order_fails_clearly(start):
    run = start(
        7, refuse=lambda _tool, arguments: "no" if "S01" in arguments.get("reference", "") else ""
    )
    verdict = run.finish()
    row = row_of(run, "S01")
    assert row["state"] == "dropped"
    assert "declined" in row["reason"]
    assert len(run.refused) == 2
    reserved = {r["shipment"]: r for r in run.called("bookings.reserve")}
    assert "S01" in reserved
    assert len(run.called("bookings.cancel")) == 2
    assert verdict["accepted"]
    assert verdict["score"] < 1


def test_declining_everything_ends_in_a_rejected_plan_that_says_too_little_travels(start):
    run = start(7, refuse=lambda tool, _arguments: "no" if tool == "payments.transfer" else "")
    verdict = run.finish()
    assert not verdict["accepted"]
    assert verdict["score"] == 0
    assert "TEU travel" in verdict["critique"][0]
    assert run.plans[-1]["tasks"] == 0


def test_a_tight_budget_is_answered_by_slower_ships_and_kept(start):
    quiet = start(7)
    cost = quiet.finish()["outcome"]["totals"]["logistics_minor"]
    expected = sum(order["expected_minor"] for order in quiet.brief["orders"])
    percent = 100 * (cost - 1_000_00) // expected
    run = start(7, budget_percent=percent)
    verdict = run.finish()
    assert any("over the budget" in line for one in run.verdicts for line in one["critique"])
    assert verdict["accepted"]
    totals = verdict["outcome"]["totals"]
    assert totals["logistics_minor"] <= totals["budget_minor"] < cost


def test_an_impossible_budget_is_rejected_without_spending_on_rebookings(start):
    run = start(7, budget_percent=60)
    verdict = run.finish()
    assert not verdict["accepted"]
    assert "can't be brought within the budget" in verdict["critique"][0]
    assert not any("Rebooking" in call["reference"] for call in run.called("payments.transfer"))


def test_the_same_seed_gives_the_same_run(start, tmp_path):
    one, other = start(23), start(23)
    one.finish(), other.finish()
    assert [call for call, _ in one.calls] == [call for call, _ in other.calls]
    plans = [run.verdicts[-1]["outcome"]["totals"] for run in (one, other)]
    assert plans[0] == plans[1]


@pytest.mark.parametrize("seed", [0, 11, 42])
@pytest.mark.parametrize("place", ["suez", "panama", "malacca", "Shanghai", "Los Angeles"])
def test_whatever_closes_a_run_ends_and_nothing_travels_through_what_is_closed(start, seed, place):
    run = start(seed)
    run.advance(50)
    run.close(place)
    verdict = run.finish()
    assert verdict["accepted"], verdict["critique"]
    closed = {*verdict["outcome"]["closures"]["ports"], *verdict["outcome"]["closures"]["passages"]}
    for row in verdict["outcome"]["plan"]:
        if row["state"] == "booked":
            assert not closed & {row["from"], row["to"], *row["passages"]}


def test_every_call_and_answer_of_a_changing_run_fits_its_schema(start):
    run = start(7, over_limit, strict=True)
    run.advance(60)
    run.close("suez")
    for port in ("GBFXT", "GBLGP", "GBSOU", "NLRTM"):
        run.close(port)
    run.finish()
    assert {name for name, _ in run.calls} == set(BLUEPRINT.tools)


def test_a_run_is_lively_and_small(start):
    run = start(7)
    run.advance(60)
    run.close("suez")
    run.finish()
    assert 200 <= run.steps <= 700
    assert len({call for call, _ in run.calls}) >= 10


@pytest.mark.parametrize(
    "options",
    [
        {"shipments": 5},
        {"shipments": 19},
        {"shipments": "many"},
        {"shipments": True},
        {"budget_percent": 0},
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name(options):
    with pytest.raises(InvalidInput, match=next(iter(options))):
        brief(1, options)


def test_every_order_is_json_and_holds_no_personal_data():
    text = json.dumps(brief(7, {}))
    assert "@" not in text


def test_a_task_that_fails_once_is_tried_again_and_nothing_else_is(start):
    run = start(7)
    run.fails = lambda key: key in {"route-S03", "supply-java"}
    assert run.finish()["accepted"]
    assert {one["shipment"] for one in run.plans[1]["redone"]} >= {"S03"}
    assert {one["why"] for one in run.plans[1]["redone"]} <= {
        f"route-{name} failed" for name in ("S03", "S04", "S12")
    }
    assert "supply-java-r2" in run.work
    assert "supply-busan-r2" not in run.work
    assert {row["state"] for row in run.verdicts[-1]["outcome"]["plan"]} == {"booked"}


def test_a_forecast_that_fails_once_is_made_again_with_all_that_needs_it(start):
    run = start(7)
    run.fails = lambda key: key == "forecast-oceania"
    assert run.finish()["accepted"]
    assert run.work["forecast-oceania-r2"].state == "done"
    assert "forecast-europe-r2" not in run.work


def test_a_task_that_keeps_failing_drops_its_shipment_and_says_so(start):
    run = start(7)
    run.fails = lambda key: key.startswith("book-S03")
    assert run.finish()["accepted"]
    row = row_of(run, "S03")
    assert row["state"] == "dropped"
    assert "failed again" in row["reason"]
    assert any("S03 will not travel" in letter["subject"] for letter in run.called("email.send"))


def test_a_customer_who_cannot_be_told_keeps_the_goal_open(start):
    run = start(7)
    run.fails = lambda key: key.startswith("tell-S03")
    assert not run.finish()["accepted"]
    assert run.plans[-1]["tasks"] == 0


@pytest.mark.parametrize("after", [20, 55, 200])
def test_a_planner_overtaken_by_another_mends_the_others_plan(start, after):
    run = start(7)
    run.advance(after)
    overtaken = []

    def overtake(key: str) -> None:
        if key == "plan/shipments" and not overtaken:
            overtaken.append(key)
            run.close("Los Angeles")

    run.before_post = overtake
    run.close("suez")
    first, second = ({one["shipment"] for one in plan["redone"]} for plan in run.plans[1:3])
    assert not first & second
    assert {"S01", "S06"} <= first | second
    assert run.finish()["accepted"]
    for row in run.verdicts[-1]["outcome"]["plan"]:
        assert not {"suez", "USLAX"} & {row["from"], row["to"], *row["passages"]}


def test_a_closure_before_there_is_a_plan_asks_for_nothing(start, tmp_path):
    run = Run(tmp_path)
    run.brief = brief(7, {})
    run.close("suez")
    assert run.plans == [{"revision": 0, "redone": [], "dropped": [], "tasks": 0}]


def test_space_that_closes_before_it_is_booked_is_not_booked_and_routed_anew(start):
    run = start(7)
    while run.work["route-S01"].state != "done":
        run.advance(1)
    run.board["closures"] = Board({"ports": [], "passages": ["suez"]}, 1)
    run.work["book-S01"].watches = []
    verdict = run.finish()
    assert any("suez has closed" in line for one in run.verdicts for line in one["critique"])
    assert verdict["accepted"]
    assert "suez" not in row_of(run, "S01")["passages"]


def test_a_payment_already_made_for_a_booking_is_not_made_again(start):
    run = start(7)
    run.advance()
    paid = run.work["pay-S04"].result
    count = len(run.called("payments.transfer"))
    given = {
        **run.work["pay-S04"].input,
        "replaces": {"booking": paid["booking"], "paid_booking": paid["booking"], "payment": paid},
    }
    needed = {key: run.work[key].result for key in run.work["pay-S04"].needs}
    assert run.carry_out("freight.payment", given, needed) == paid
    assert len(run.called("payments.transfer")) == count


def test_a_critique_of_an_older_plan_is_not_answered_again(start):
    run = start(7)
    run.advance()
    given = {"results": run.done(), "constraints": {}}
    critique = run.carry_out("freight.evaluation", given, {})["critique"]
    assert critique
    run.close("suez")
    run.replan({}, critique)
    assert run.plans[-1] == {"revision": 2, "redone": [], "dropped": [], "tasks": 0}
