"""The reviewer's judgement: each constraint broken alone flips it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from orchestration.blueprints.freight.domain.closures import Closures
from orchestration.blueprints.freight.domain.judging import Limits, judge
from tests.unit.freight.small_runtime import Run

WIDE = Limits(budget_minor=10**12, service_share_percent=70)


@pytest.fixture
def finished(start) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plan and results of a run that was accepted."""
    run: Run = start(7, shipments=6)
    assert run.finish()["accepted"]
    return run.board["plan/shipments"].value, copy.deepcopy(run.done())


def codes(plan: Any, results: Any, limits: Limits = WIDE, closures: Closures | None = None) -> list:
    verdict = judge(plan, results, limits, closures or Closures())
    return [(one["order"], one["code"]) for one in verdict.problems]


def result(plan: Any, results: Any, shipment: str, stage: str) -> dict[str, Any]:
    return results[plan["shipments"][shipment]["keys"][stage]]


def test_a_plan_that_keeps_everything_is_accepted(finished):
    assert codes(*finished) == []


def test_refused_goods_are_found(finished):
    plan, results = finished
    result(plan, results, "S03", "clear").update(cleared=False, reasons=["no"])
    assert codes(plan, results) == [("S03", "refused")]


def test_a_late_arrival_is_found_to_the_day(finished):
    plan, results = finished
    route = result(plan, results, "S03", "pay")["route"]
    route["arrives_day"] = plan["shipments"]["S03"]["order"]["deadline_day"]
    assert codes(plan, results) == []
    route["arrives_day"] += 1
    assert codes(plan, results) == [("S03", "late")]


def test_a_route_through_a_closed_place_is_found(finished):
    plan, results = finished
    port = result(plan, results, "S03", "pay")["route"]["discharge"]
    shut = Closures(ports=frozenset({port}))
    assert ("S03", "closed") in codes(plan, results, closures=shut)


def test_a_budget_is_kept_to_the_cent(finished):
    plan, results = finished
    total = judge(plan, results, WIDE, Closures()).totals["logistics_minor"]
    assert codes(plan, results, Limits(total, 70)) == []
    assert codes(plan, results, Limits(total - 1, 70)) != []


def test_an_unpaid_shipment_is_found(finished):
    plan, results = finished
    results[plan["shipments"]["S03"]["keys"]["pay"]] = {"state": "declined", "reason": "no"}
    assert codes(plan, results) == [("S03", "declined")]


def test_a_shipment_without_a_price_is_found(finished):
    plan, results = finished
    order = plan["shipments"]["S03"]["order"]
    results[plan["supply"][f"{order['supplier']}/{order['commodity']}"]]["prices"] = {}
    assert ("S03", "no-deal") in codes(plan, results)


def test_too_little_service_is_found_once_nothing_else_is_wrong(finished):
    plan, results = finished
    for shipment in ("S01", "S02", "S03"):
        plan["shipments"][shipment].update(dropped="no", keys={})
    assert codes(plan, results) == [("", "service")]
    assert codes(plan, results, Limits(10**12, 1)) == []


def test_the_tasks_to_redo_are_named(finished):
    plan, results = finished
    result(plan, results, "S03", "clear").update(cleared=False, reasons=["no"])
    assert judge(plan, results, WIDE, Closures()).touch == ["route-S03"]
