"""Tools that only look and compute: ports, routes, costs, customs, demand, stock."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orchestration.blueprints.freight.domain import customs
from orchestration.blueprints.freight.domain.closures import Closures
from orchestration.blueprints.freight.domain.costs import Cargo, landed_cost
from orchestration.blueprints.freight.domain.demand import HISTORY_WEEKS, weekly_demand
from orchestration.blueprints.freight.domain.ports import PORTS, road_km, within_road_reach
from orchestration.blueprints.freight.domain.routing import DISCHARGE_REACH_KM, Journey, routes
from orchestration.blueprints.freight.domain.warehouse import opening_stock, project
from orchestration.blueprints.freight.tools import schemas as s
from orchestration.blueprints.freight.tools.invocations import traced
from orchestration.tools.contract import ToolCall, tool

MOST_ROUTES = 40


@tool(
    "ports.status",
    title="Whether a port is open, and which ports stand in for it by road",
    effect="read",
    idempotent=True,
    arguments=s.shape({"port": s.PORT}, {"closed": s.CLOSURES}),
    result=s.shape(
        {
            "port": s.PORT,
            "name": s.text("Name"),
            "open": {"type": "boolean"},
            "substitutes": s.many(
                s.shape({"port": s.PORT, "road_km": s.whole("Road distance, km")}),
                "Nearest first",
                5,
            ),
        }
    ),
)
@traced("ports.status")
def port_status(call: ToolCall) -> dict[str, Any]:
    """Report a port and up to five open substitutes within a lorry's reach."""
    here = PORTS[call.arguments["port"]]
    closures = Closures.from_json(call.arguments.get("closed"))
    near = [
        {"port": port.locode, "road_km": road_km(here, port)}
        for port in within_road_reach(here.locode, DISCHARGE_REACH_KM)
        if port.locode not in closures.ports
    ]
    is_open = here.locode not in closures.ports
    return {"port": here.locode, "name": here.name, "open": is_open, "substitutes": near[:5]}


@tool(
    "routes.search",
    title="Ways to carry a shipment by sea, around what is closed",
    effect="read",
    idempotent=True,
    arguments=s.shape(
        {"origin": s.PORT, "destination": s.PORT, "ready_day": s.DAY}, {"closed": s.CLOSURES}
    ),
    result=s.shape(
        {"routes": s.many(s.ROUTE, "Direct ports first, then substitutes", MOST_ROUTES)}
    ),
)
@traced("routes.search")
def search_routes(call: ToolCall) -> dict[str, Any]:
    """Search the marine network; the list is empty when closures leave no way."""
    asked = call.arguments
    journey = Journey(asked["origin"], asked["destination"], asked["ready_day"])
    found = routes(journey, Closures.from_json(asked.get("closed")))
    return {"routes": [route.to_json() for route in found]}


@tool(
    "costs.landed",
    title="What goods cost on each route until they stand in the warehouse",
    effect="read",
    idempotent=True,
    arguments=s.shape(
        {
            "teu": s.TEU,
            "goods_minor": s.money("Value of the goods"),
            "duty_bps": s.whole("Duty in basis points of the CIF value", most=100_000),
            "routes": s.many(s.ROUTE, "Routes to price", MOST_ROUTES),
        }
    ),
    result=s.shape({"routes": s.many(s.ROUTE, "The routes, each with its cost", MOST_ROUTES)}),
)
@traced("costs.landed")
def price_routes(call: ToolCall) -> dict[str, Any]:
    """Price every route for one cargo."""
    asked = call.arguments
    cargo = Cargo(asked["teu"], asked["goods_minor"], asked["duty_bps"])
    priced = []
    for route in asked["routes"]:
        cost = landed_cost(
            cargo,
            sea_km=route["sea_km"],
            road_km=route["road_km"],
            passages=tuple(route["passages"]),
            service=route["service"],
        )
        priced.append({**route, "cost": cost.to_json()})
    return {"routes": priced}


@tool(
    "customs.check",
    title="Whether goods may enter a country, and at which duty",
    effect="read",
    idempotent=True,
    arguments=s.shape(
        {
            "hs": {
                "type": "string",
                "pattern": "^[0-9]{6}$",
                "description": "Harmonized System code",
            },
            "origin": s.COUNTRY,
            "destination": s.COUNTRY,
            "papers": s.many(s.text("Name of a document"), "Documents at hand", 20),
        }
    ),
    result=s.shape(
        {
            "cleared": {"type": "boolean"},
            "duty_bps": s.whole("Duty in basis points of the CIF value"),
            "reasons": s.many(s.text("Why it is refused", 300), "Empty when cleared", 20),
        }
    ),
)
@traced("customs.check")
def check_customs(call: ToolCall) -> dict[str, Any]:
    """Apply the rules by commodity and country."""
    asked = call.arguments
    found = customs.check(
        asked["hs"], asked["origin"], asked["destination"], frozenset(asked["papers"])
    )
    return {"cleared": found.cleared, "duty_bps": found.duty_bps, "reasons": list(found.reasons)}


@tool(
    "demand.history",
    title="Pallets a region has taken each week",
    effect="read",
    idempotent=True,
    arguments=s.shape({"region": s.REGION, "seed": s.SEED}),
    result=s.shape({"weekly": s.many(s.whole("Pallets"), "Oldest week first", HISTORY_WEEKS)}),
)
@traced("demand.history")
def demand_history(call: ToolCall) -> dict[str, Any]:
    """Four years of weekly demand."""
    return {"weekly": weekly_demand(call.arguments["region"], call.arguments["seed"])}


@tool(
    "stock.project",
    title="How long a warehouse's stock lasts under a forecast",
    effect="read",
    idempotent=True,
    arguments=s.shape(
        {
            "region": s.REGION,
            "seed": s.SEED,
            "weekly": s.many(s.whole("Pallets"), "Forecast demand, next week first", 52),
            "spread": {"type": "number", "minimum": 0, "description": "Standard error, pallets"},
            "lead_weeks": s.whole("Weeks until an order placed now arrives", 1, 52),
        }
    ),
    result=s.shape(
        {
            "stock_pallets": s.whole("Pallets in the warehouse today"),
            "runs_out_day": {
                "type": ["integer", "null"],
                "description": "Cautious day of stock-out",
            },
            "safety_pallets": s.whole("Stock to keep against forecast errors"),
            "reorder_teu": s.whole("TEU that restore the stock"),
        }
    ),
)
@traced("stock.project")
def project_stock(call: ToolCall) -> dict[str, Any]:
    """Run the seeded simulation from today's stock."""
    asked = call.arguments
    stock = opening_stock(asked["region"], asked["seed"], asked["weekly"][0])
    found = project(
        stock, asked["weekly"], asked["spread"], lead_weeks=asked["lead_weeks"], seed=asked["seed"]
    )
    return {"stock_pallets": stock, **asdict(found)}
