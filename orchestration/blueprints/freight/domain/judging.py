"""Whether a plan that was carried out keeps its constraints, what is wrong with it, and what came
of it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.blueprints.freight.domain.closures import Closures
from orchestration.blueprints.freight.domain.costs import CHANGE_FEE_MINOR_PER_TEU
from orchestration.blueprints.freight.domain.planning import Plan, Shipment, lot_of, path_of

Results = Mapping[str, Any]
PERCENT = 100


@dataclass(frozen=True)
class Limits:
    """What the plan must keep: cents for moving everything, and the share of TEU that must
    travel.
    """

    budget_minor: int
    service_share_percent: int


@dataclass(frozen=True)
class Verdict:
    """The judgement.

    Attributes:
        problems: dicts with `order` (empty: the whole plan), `code` and `message`.
        touch: keys of the tasks to redo. rows: one a shipment, for the outcome. totals: sums in
            cents and TEU.
    """

    problems: list[dict[str, str]]
    touch: list[str]
    rows: list[dict[str, Any]]
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def score(self) -> float:
        """Share of the ordered TEU that travel, 0 to 1."""
        ordered = self.totals["ordered_teu"]
        return round(self.totals["served_teu"] / ordered, 4) if ordered else 1.0


def judge(plan: Plan, results: Results, limits: Limits, closures: Closures) -> Verdict:
    """Judge every shipment by the results of its present tasks, then the whole plan by its
    limits.
    """
    rows = [_row(planned, results) for planned in plan["shipments"].values()]
    problems = []
    for planned in plan["shipments"].values():
        found = None if planned["dropped"] else _problem(plan, planned, results, closures)
        if found:
            code, message = found
            problems.append({"order": planned["order"]["id"], "code": code, "message": message})
    totals = {
        "ordered_teu": sum(row["teu"] for row in rows),
        "served_teu": sum(row["teu"] for row in rows if row["state"] == "booked"),
        "logistics_minor": sum(row["logistics_minor"] + row["change_fee_minor"] for row in rows),
        "budget_minor": limits.budget_minor,
    }
    problems += _over_budget(plan, results, totals, problems)
    if not problems:
        problems += _too_little(totals, limits)
    touch = [
        plan["shipments"][one["order"]]["keys"].get("route", "") for one in problems if one["order"]
    ]
    return Verdict(problems, sorted(filter(None, touch)), rows, totals)


def _result(planned: Shipment, stage: str, results: Results) -> Mapping[str, Any]:
    found = results.get(planned["keys"].get(stage, ""))
    return found if isinstance(found, Mapping) else {}


def _problem(
    plan: Plan, planned: Shipment, results: Results, closures: Closures
) -> tuple[str, str] | None:
    order = planned["order"]
    name = f"{order['id']} ({order['commodity']} from {order['supplier']})"
    cleared = _result(planned, "clear", results)
    if not cleared.get("cleared"):
        return "refused", f"{name} is refused by customs: {'; '.join(cleared.get('reasons', ()))}"
    supply = results.get(plan["supply"].get(lot_of(order), "")) or {}
    if order["commodity"] not in supply.get("prices", {}):
        return "no-deal", f"{name}: the supplier agreed to no price"
    routed = _result(planned, "route", results)
    route = routed.get("route")
    if not route:
        return routed.get("problem", "no-way"), f"{name}: {routed.get('reason', 'not routed')}"
    return _execution_problem(name, planned, results, closures)


def _execution_problem(
    name: str, planned: Shipment, results: Results, closures: Closures
) -> tuple[str, str] | None:
    paid = _result(planned, "pay", results)
    if paid.get("state") != "paid":
        problem = paid.get("problem", "declined")
        return problem, f"{name}: {paid.get('reason', 'the carrier was not paid')}"
    shut = closures.touching(path_of(paid["route"]))
    if shut:
        return "closed", f"{name} goes through {', '.join(shut)}, which is closed"
    deadline = planned["order"]["deadline_day"]
    if paid["route"]["arrives_day"] > deadline:
        return (
            "late",
            f"{name} arrives on day {paid['route']['arrives_day']}, due on day {deadline}",
        )
    return None


def _row(planned: Shipment, results: Results) -> dict[str, Any]:
    order, paid = planned["order"], _result(planned, "pay", results)
    route = paid.get("route") if paid.get("state") == "paid" else None
    state = "booked" if route else "dropped" if planned["dropped"] else "open"
    return {
        "shipment": order["id"],
        "commodity": order["commodity"],
        "teu": order["teu"],
        "supplier": order["supplier"],
        "customer": order["customer"],
        "state": state,
        "reason": planned["dropped"],
        "from": route["load"] if route else order["origin"],
        "to": route["discharge"] if route else order["destination"],
        "sea_km": route["sea_km"] if route else 0,
        "passages": route["passages"] if route else [],
        "service": route["service"] if route else "",
        "arrives_day": route["arrives_day"] if route else None,
        "deadline_day": order["deadline_day"],
        "logistics_minor": route["cost"]["logistics_minor"] if route else 0,
        "change_fee_minor": paid.get("change_fee_minor", 0) if route else 0,
        "paid_minor": paid.get("paid_minor", 0) if route else 0,
    }


def _over_budget(
    plan: Plan, results: Results, totals: Mapping[str, int], problems: list[dict[str, str]]
) -> list[dict[str, str]]:
    excess = totals["logistics_minor"] - totals["budget_minor"]
    if excess <= 0:
        return []
    named = {one["order"] for one in problems}
    savings = [
        (_saving(planned, results), shipment)
        for shipment, planned in sorted(plan["shipments"].items())
        if shipment not in named and planned["prefer"] != "cheapest" and not planned["dropped"]
    ]
    found = []
    for saving, shipment in sorted(savings, key=lambda pair: (-pair[0], pair[1])):
        if excess <= 0 or saving <= 0:
            break
        excess -= saving
        message = (
            f"the plan costs {totals['logistics_minor']}, over the budget of "
            f"{totals['budget_minor']}; {shipment} could save {saving}"
        )
        found.append({"order": shipment, "code": "over-budget", "message": message})
    if excess > 0:
        message = (
            f"the plan costs {totals['logistics_minor']} and can't be brought within the budget "
            f"of {totals['budget_minor']}: {excess} too much"
        )
        return [{"order": "", "code": "budget", "message": message}]
    return found


def _saving(planned: Shipment, results: Results) -> int:
    paid, routed = _result(planned, "pay", results), _result(planned, "route", results)
    deadline = planned["order"]["deadline_day"]
    others = [
        one["cost"]["logistics_minor"]
        for one in routed.get("alternatives", ())
        if one["arrives_day"] <= deadline
    ]
    if paid.get("state") != "paid" or not others:
        return 0
    change_fee = planned["order"]["teu"] * CHANGE_FEE_MINOR_PER_TEU
    saved: int = paid["route"]["cost"]["logistics_minor"] - min(others) - change_fee
    return saved


def _too_little(totals: Mapping[str, int], limits: Limits) -> list[dict[str, str]]:
    if totals["served_teu"] * PERCENT >= totals["ordered_teu"] * limits.service_share_percent:
        return []
    message = (
        f"{totals['served_teu']} of {totals['ordered_teu']} TEU travel, "
        f"at least {limits.service_share_percent} % must"
    )
    return [{"order": "", "code": "service", "message": message}]
