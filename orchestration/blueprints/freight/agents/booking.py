"""The booking desk: reserves space for routed shipments and gives back what a new plan no longer
uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.needed import result_of
from orchestration.blueprints.freight.domain.closures import BOARD_KEY, Closures
from orchestration.blueprints.freight.domain.planning import path_of
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


@handler("freight.booking", version=1, capabilities=["freight.booking"])
def book(task: TaskContext) -> dict[str, Any]:
    """Reserve space on the chosen route, unless it has closed since; then cancel the booking it
    replaces.
    """
    order = task.input["order"]
    if "release" in task.input:
        return _release(task, task.input["release"], task.input["reason"])
    routed = result_of("route", task.results)
    route = routed.get("route")
    if not route:
        return _unbooked(routed.get("problem", "no-way"), routed.get("reason", "not routed"))
    shut = Closures.from_json(task.read(BOARD_KEY).value).touching(path_of(route))
    if shut:
        return _unbooked("closed", f"{', '.join(shut)} has closed")
    reserved = task.call("bookings.reserve", shipment=order["id"], teu=order["teu"], route=route)
    replaced = task.input.get("replaces", {}).get("booking")
    if replaced and replaced != reserved["booking"]:
        task.call("bookings.cancel", booking=replaced, reason=f"replaced by {reserved['booking']}")
    task.post(f"bookings/{order['id']}", reserved)
    return {"booking": reserved["booking"], "carrier": reserved["carrier"]}


def _release(task: TaskContext, booking: str, reason: str) -> dict[str, Any]:
    task.call("bookings.cancel", booking=booking, reason=reason)
    return _unbooked("dropped", reason)


def _unbooked(problem: str, reason: str) -> dict[str, Any]:
    return {"booking": None, "problem": problem, "reason": reason}
