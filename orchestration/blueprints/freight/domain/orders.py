"""The order book of a run: what customers want, by seed. The planner's input.

One order is sized so that its freight just exceeds the payment limit, and one is bought where
customs will refuse it; the rest is ordinary trade. So every run shows a held payment and a plan
that has to be mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from orchestration.blueprints.freight.domain.chance import chance
from orchestration.blueprints.freight.domain.closures import Closures
from orchestration.blueprints.freight.domain.costs import Cargo, LandedCost, divided, landed_cost
from orchestration.blueprints.freight.domain.customs import check
from orchestration.blueprints.freight.domain.routing import Journey, Route, routes
from orchestration.blueprints.freight.domain.trade import COMMODITIES, CUSTOMERS, SUPPLIERS
from orchestration.errors import InvalidInput

PAYMENT_LIMIT_MINOR = 10_000_00
"""The sum above which two people decide; the policy `freight.payment-limit` says the same."""
FEWEST, DEFAULT, MOST = 6, 14, 18
BUDGET_PERCENT = 130
PERCENT = 100

_LARGE = ("flat-pack furniture", "yangtze", "noord")
_REFUSED = (
    ("cotton T-shirts", "yangtze", "pacifica"),
    ("flat-pack furniture", "mekong", "harbour"),
    ("brake linings", "yangtze", "yarra"),
)
_ORDINARY = (
    ("leather shoes", "mekong", "hansa"),
    ("black tea", "ceylon", "albion"),
    ("green coffee", "santos", "hansa"),
    ("car tyres", "busan", "savanna"),
    ("lithium batteries", "pearl", "pacifica"),
    ("cotton T-shirts", "deccan", "turia"),
    ("flat-pack furniture", "java", "harbour"),
    ("toys", "yangtze", "hudson"),
    ("bicycles", "busan", "yarra"),
    ("leather shoes", "java", "albion"),
    ("green coffee", "santos", "hudson"),
    ("car tyres", "busan", "yarra"),
    ("lithium batteries", "busan", "hansa"),
    ("black tea", "ceylon", "harbour"),
    ("toys", "yangtze", "turia"),
    ("cotton T-shirts", "mekong", "savanna"),
)


def brief(seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """The planner's input: orders and the budget for moving them.

    Options: `shipments` (6 to 18), `budget_percent` of the expected cost of moving everything (50
    to 300).
    Raises InvalidInput for anything else.
    """
    count = _whole(options, "shipments", DEFAULT, (FEWEST, MOST))
    percent = _whole(options, "budget_percent", BUDGET_PERCENT, (50, 300))
    draw = chance(seed, "orders")
    trades = [_LARGE, draw.choice(_REFUSED), *draw.sample(_ORDINARY, count - 2)]
    orders = [_order(f"S{place:02d}", trade, draw) for place, trade in enumerate(trades, start=1)]
    orders[0]["teu"] = _teu_over_limit(orders[0])
    for order in orders:
        _bound(order, draw)
    expected = sum(order["expected_minor"] for order in orders)
    return {
        "seed": seed,
        "orders": orders,
        "budget_minor": divided(expected * percent, PERCENT),
    }


def order_from(order: Mapping[str, Any], supplier: str) -> dict[str, Any]:
    """The same order bought from another supplier."""
    source = SUPPLIERS[supplier]
    return {
        **order,
        "supplier": supplier,
        "origin": source.port,
        "papers": sorted(source.papers),
        "tried": sorted({*order.get("tried", ()), order["supplier"]}),
    }


def _whole(options: Mapping[str, Any], name: str, otherwise: int, between: tuple[int, int]) -> int:
    value: object = options.get(name, otherwise)
    least, most = between
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return value


def _order(shipment: str, trade: tuple[str, str, str], draw: Random) -> dict[str, Any]:
    commodity, supplier, customer = trade
    goods, source, buyer = COMMODITIES[commodity], SUPPLIERS[supplier], CUSTOMERS[customer]
    return {
        "id": shipment,
        "commodity": commodity,
        "hs": goods.hs,
        "list_price_minor": goods.price_minor,
        "teu": draw.randint(1, 3),
        "supplier": supplier,
        "origin": source.port,
        "papers": sorted(source.papers),
        "customer": customer,
        "destination": buyer.port,
        "region": buyer.region,
        "ready_day": draw.randint(2, 9),
        "tried": [],
    }


def _direct(order: Mapping[str, Any]) -> Route:
    journey = Journey(order["origin"], order["destination"], order["ready_day"])
    return routes(journey, Closures())[0]


def _cost(order: Mapping[str, Any], route: Route) -> LandedCost:
    clearance = check(
        order["hs"], order["origin"][:2], order["destination"][:2], frozenset(order["papers"])
    )
    cargo = Cargo(order["teu"], order["teu"] * order["list_price_minor"], clearance.duty_bps)
    return landed_cost(
        cargo,
        sea_km=route.sea_km,
        road_km=route.road_km,
        passages=route.passages,
        service=route.service,
    )


def _teu_over_limit(order: Mapping[str, Any]) -> int:
    one_teu = _cost({**order, "teu": 1}, _direct(order)).payable_minor
    return PAYMENT_LIMIT_MINOR // one_teu + 1


def _bound(order: dict[str, Any], draw: Random) -> None:
    """Give the order its deadline and the most its move may cost, with room for one detour."""
    route = _direct(order)
    order["deadline_day"] = route.arrives_day + draw.randint(15, 24)
    order["expected_minor"] = _cost(order, route).logistics_minor
    order["ceiling_minor"] = divided(order["expected_minor"] * 220, PERCENT)
