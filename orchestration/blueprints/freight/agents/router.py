"""The router: finds, prices and chooses the way of a shipment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.needed import result_of
from orchestration.blueprints.freight.domain.choosing import Needs, choose, shortlist
from orchestration.blueprints.freight.domain.closures import BOARD_KEY, Closures
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


@handler("freight.router", version=1, capabilities=["freight.routing"])
def route(task: TaskContext) -> dict[str, Any]:
    """Choose a route that is open, in time and within the order's ceiling; or say which of
    these fails.
    """
    order = task.input["order"]
    cleared, supply = result_of("clear", task.results), result_of("supply", task.results)
    if not cleared.get("cleared"):
        return _none("refused", "; ".join(cleared.get("reasons", ())) or "not cleared")
    price = supply.get("prices", {}).get(order["commodity"])
    if price is None:
        return _none("no-deal", "no price is agreed with the supplier")
    closed = Closures.from_json(task.read(BOARD_KEY).value).to_json()
    found = task.call(
        "routes.search",
        origin=order["origin"],
        destination=order["destination"],
        ready_day=order["ready_day"],
        closed=closed,
    )
    note = _closed_port(task, order["destination"], closed)
    if not found["routes"]:
        return _none("no-way", f"no open way leads to {order['destination']}{note}")
    chosen = _chosen(task, order, found["routes"], goods=price * order["teu"], cleared=cleared)
    return {**chosen, "reason": chosen["reason"] + note}


def _closed_port(task: TaskContext, port: str, closed: Mapping[str, Any]) -> str:
    """What a closed port of destination means, as the end of a sentence; empty when it is open."""
    if port not in closed["ports"]:
        return ""
    status = task.call("ports.status", port=port, closed=closed)
    near = [f"{one['port']} ({one['road_km']} km by road)" for one in status["substitutes"]]
    return f"; {status['name']} is closed, near it lie {', '.join(near) or 'no open ports'}"


def _chosen(
    task: TaskContext,
    order: Mapping[str, Any],
    routes: list[dict[str, Any]],
    *,
    goods: int,
    cleared: Mapping[str, Any],
) -> dict[str, Any]:
    priced = task.call(
        "costs.landed",
        teu=order["teu"],
        goods_minor=goods,
        duty_bps=cleared["duty_bps"],
        routes=routes,
    )["routes"]
    needs = Needs(
        deadline_day=order["deadline_day"],
        ceiling_minor=order["ceiling_minor"],
        runs_out_day=result_of("stock", task.results).get("runs_out_day"),
        prefer=task.input.get("prefer", "balanced"),
    )
    choice = choose(priced, needs)
    if choice.route is None:
        return {**_none(choice.problem, choice.reason), "alternatives": shortlist(priced, None)}
    task.post(f"routes/{order['id']}", {"route": choice.route["id"], "reason": choice.reason})
    return {
        "route": choice.route,
        "problem": "",
        "reason": choice.reason,
        "alternatives": shortlist(priced, choice.route),
    }


def _none(problem: str, reason: str) -> dict[str, Any]:
    return {"route": None, "problem": problem, "reason": reason, "alternatives": []}
