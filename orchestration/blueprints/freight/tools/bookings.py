"""Tools that book and cancel space on ships, at a carrier that keeps its bookings in a local
folder.
"""

from __future__ import annotations

from typing import Any

from orchestration.blueprints.freight.tools import schemas as s
from orchestration.blueprints.freight.tools.invocations import digest, traced
from orchestration.blueprints.freight.tools.records import record_once, recorded
from orchestration.errors import ToolError
from orchestration.tools.contract import ToolCall, tool

CARRIERS = ("Meridian Line", "Blue Anchor", "Northstar Shipping")
_BOOKING = {"type": "string", "pattern": "^BK-[0-9a-f]{12}$", "description": "Booking number"}


@tool(
    "bookings.reserve",
    title="Reserve space on a ship",
    effect="write",
    idempotent=True,
    compensation="bookings.cancel",
    arguments=s.shape(
        {"shipment": s.text("Shipment it is for", 40), "teu": s.TEU, "route": s.ROUTE}
    ),
    result=s.shape(
        {"booking": _BOOKING, "carrier": s.text("Carrier"), "shipment": s.text("Shipment")}
    ),
)
@traced("bookings.reserve")
def reserve(call: ToolCall) -> dict[str, Any]:
    """Reserve once a key. The carrier follows from the pair of ports."""
    route = call.arguments["route"]
    number = int(digest([route["load"], route["discharge"]]), 16)
    booking = {
        "booking": f"BK-{digest(call.idempotency_key)[:12]}",
        "carrier": CARRIERS[number % len(CARRIERS)],
        "shipment": call.arguments["shipment"],
    }
    kept = {**booking, "teu": call.arguments["teu"], "route": route["id"], "goal": call.goal}
    found = record_once(call.folder / "bookings", booking["booking"], kept)
    return {name: found[name] for name in booking}


@tool(
    "bookings.cancel",
    title="Give reserved space back",
    effect="write",
    idempotent=True,
    arguments=s.shape({"booking": _BOOKING, "reason": s.text("Why it is given back", 300)}),
    result=s.shape({"booking": _BOOKING, "cancelled": {"type": "boolean"}}),
)
@traced("bookings.cancel")
def cancel(call: ToolCall) -> dict[str, Any]:
    """Cancel a booking; cancelling it again changes nothing.

    Raises ToolError when no such booking was made.
    """
    booking = call.arguments["booking"]
    if recorded(call.folder / "bookings", booking) is None:
        raise ToolError(f"there is no booking {booking}")
    record_once(
        call.folder / "cancellations",
        booking,
        {"booking": booking, "reason": call.arguments["reason"], "goal": call.goal},
    )
    return {"booking": booking, "cancelled": True}
