"""The plan as a value on the blackboard, and the tasks that carry it out. Pure.

A shipment passes five stages: cleared by customs, routed, booked, paid, customer told. A new plan
redoes only the stages that its cause touches and keeps the results of the others; redone tasks get
the plan's revision in their key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from orchestration.blueprints.freight.domain.closures import BOARD_KEY, label_of
from orchestration.blueprints.freight.domain.trade import CUSTOMERS, REGIONS, SUPPLIERS

PLAN_KEY = "plan/shipments"
STAGES = ("clear", "route", "book", "pay", "tell")
CAPABILITY = {
    "clear": "customs.clearance",
    "route": "freight.routing",
    "book": "freight.booking",
    "pay": "freight.payment",
    "tell": "customer.contact",
}
_TITLE = {
    "clear": "Clear {goods} for {country}",
    "route": "Route {goods} to {port}",
    "book": "Book {teu} TEU to {port}",
    "pay": "Pay the carrier for {id}",
    "tell": "Tell {buyer} about {id}",
}


class Spec(TypedDict):
    """A task to add: the arguments of a TaskSpec."""

    key: str
    capability: str
    title: str
    input: dict[str, Any]
    needs: list[str]
    watches: list[str]
    replaces: list[str]


class Shipment(TypedDict):
    """One shipment in the plan.

    `keys` names the task of each stage, `path` the ports and passages it is planned through,
    `prefer` how its route is chosen; `dropped` is the reason it does not travel, or empty;
    `retried` says that one of its tasks failed before.
    """

    order: dict[str, Any]
    keys: dict[str, str]
    path: list[str]
    prefer: str
    dropped: str
    retried: bool


class Plan(TypedDict):
    """The whole plan. `supply` and `stock` name the shared tasks, by `supplier/commodity` and
    by region.
    """

    revision: int
    seed: int
    budget_minor: int
    supply: dict[str, str]
    stock: dict[str, str]
    shipments: dict[str, Shipment]


def first_plan(brief: Mapping[str, Any], paths: Mapping[str, list[str]]) -> Plan:
    """The plan for a new order book; a shipment without a path is dropped at once."""
    plan = Plan(
        revision=1, seed=brief["seed"], budget_minor=brief["budget_minor"],
        supply={}, stock={}, shipments={},
    )  # fmt: skip
    for order in brief["orders"]:
        path = paths.get(order["id"], [])
        plan["shipments"][order["id"]] = Shipment(
            order=order,
            keys={},
            path=path,
            prefer="balanced",
            dropped="" if path else "no open way leads there",
            retried=False,
        )
    return plan


def shared_specs(plan: Plan) -> list[Spec]:
    """Tasks that serve several shipments and are not yet in the plan: forecasts, stock, supply.

    Writes their keys into the plan.
    """
    travelling = [one["order"] for one in plan["shipments"].values() if not one["dropped"]]
    specs = []
    for region in REGIONS:
        if region not in plan["stock"] and any(order["region"] == region for order in travelling):
            specs += _stock_specs(plan, region)
    missing = [order for order in travelling if lot_of(order) not in plan["supply"]]
    for supplier in sorted({order["supplier"] for order in missing}):
        orders = [order for order in missing if order["supplier"] == supplier]
        specs.append(_supply_spec(plan, supplier, orders))
    return specs


def _stock_specs(plan: Plan, region: str) -> list[Spec]:
    forecast, stock = _revised(plan, f"forecast-{region}"), _revised(plan, f"stock-{region}")
    plan["stock"][region] = stock
    given = {"region": region, "seed": plan["seed"]}
    return [
        _spec(forecast, "demand.forecasting", f"Forecast demand in {region}", given, []),
        _spec(stock, "stock.planning", f"Project the stock in {region}", given, [forecast]),
    ]


def _supply_spec(plan: Plan, supplier: str, orders: list[dict[str, Any]]) -> Spec:
    key = _revised(plan, f"supply-{supplier}")
    lots: dict[str, dict[str, int]] = {}
    for order in orders:
        plan["supply"][lot_of(order)] = key
        lot = lots.setdefault(
            order["commodity"], {"teu": 0, "list_price_minor": order["list_price_minor"]}
        )
        lot["teu"] += order["teu"]
    given = {"supplier": supplier, "seed": plan["seed"], "lots": lots}
    regions = sorted({order["region"] for order in orders})
    title = f"Agree prices with {SUPPLIERS[supplier].name}"
    return _spec(
        key, "supplier.negotiation", title, given, [plan["stock"][region] for region in regions]
    )


def stage_specs(
    plan: Plan, shipment: Shipment, first: str, extra: Mapping[str, Any] | None = None
) -> list[Spec]:
    """Tasks of a shipment from the stage `first` on; `extra` joins the input of each.

    Writes the new keys into the shipment; earlier stages keep theirs and are needed by the new
    tasks.
    """
    specs = []
    for stage in STAGES[STAGES.index(first) :]:
        key = _revised(plan, f"{stage}-{shipment['order']['id']}")
        given = {"order": shipment["order"], "prefer": shipment["prefer"], **(extra or {})}
        spec = _spec(
            key,
            CAPABILITY[stage],
            _title(stage, shipment),
            given,
            _needs(plan, shipment, stage),
        )
        if stage != "clear":
            spec["watches"] = [f"{BOARD_KEY}/{code}" for code in shipment["path"]]
        spec["replaces"] = [shipment["keys"][stage]] if stage in shipment["keys"] else []
        shipment["keys"][stage] = key
        specs.append(spec)
    return specs


def farewell_specs(plan: Plan, shipment: Shipment, booking: str | None = None) -> list[Spec]:
    """Tasks for a dropped shipment: give its booking back, if there is one, and tell the
    customer why.
    """
    name, reason = shipment["order"]["id"], shipment["dropped"]
    before, keys, specs = sorted(shipment["keys"].values()), {}, []
    if booking:
        keys["book"] = _revised(plan, f"release-{name}")
        given = {"order": shipment["order"], "release": booking, "reason": reason[:300]}
        title = f"Give back the space of {name}"
        specs.append(_spec(keys["book"], CAPABILITY["book"], title, given, []))
    told = {"order": shipment["order"], "dropped": reason}
    keys["tell"] = _revised(plan, f"tell-{name}")
    needs = [keys["book"]] if booking else []
    farewell = _spec(keys["tell"], CAPABILITY["tell"], _title("tell", shipment), told, needs)
    farewell["replaces"] = before
    shipment["keys"] = keys
    return [*specs, farewell]


def drop(shipment: Shipment, reason: str) -> None:
    """Take a shipment out of the plan for a reason that its customer will be told."""
    shipment["dropped"] = reason


def path_of(route: Mapping[str, Any]) -> list[str]:
    """Ports and passages of a route: what must stay open for it."""
    return [route["load"], route["discharge"], *route["passages"]]


def lot_of(order: Mapping[str, Any]) -> str:
    """What is bought together: the supplier and the commodity of an order."""
    return f"{order['supplier']}/{order['commodity']}"


def earliest(stages: Iterable[str]) -> str:
    """The first of some stages in the order a shipment passes them."""
    return min(stages, key=STAGES.index)


def _revised(plan: Plan, key: str) -> str:
    return key if plan["revision"] == 1 else f"{key}-r{plan['revision']}"


def _needs(plan: Plan, shipment: Shipment, stage: str) -> list[str]:
    keys, order = shipment["keys"], shipment["order"]
    if stage == "clear":
        return []
    if stage == "route":
        shared = [plan["supply"][lot_of(order)], plan["stock"][order["region"]]]
        return [keys["clear"], *shared]
    if stage == "book":
        return [keys["route"]]
    return [keys["route"], keys["book"]] if stage == "pay" else [keys["route"], keys["pay"]]


def _title(stage: str, shipment: Shipment) -> str:
    order = shipment["order"]
    return _TITLE[stage].format(
        goods=order["commodity"],
        country=order["destination"][:2],
        port=label_of(order["destination"]),
        teu=order["teu"],
        id=order["id"],
        buyer=CUSTOMERS[order["customer"]].name,
    )


def _spec(key: str, capability: str, title: str, given: dict[str, Any], needs: list[str]) -> Spec:
    return Spec(
        key=key,
        capability=capability,
        title=title,
        input=given,
        needs=needs,
        watches=[],
        replaces=[],
    )
