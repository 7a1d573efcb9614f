"""The customer desk: tells each customer what became of the shipment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.needed import result_of
from orchestration.blueprints.freight.domain import letters
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


@handler("freight.contact", version=1, capabilities=["customer.contact"])
def tell(task: TaskContext) -> dict[str, Any]:
    """Write when there is news that lasts: a paid booking, or a shipment that will not travel."""
    order = task.input["order"]
    if "dropped" in task.input:
        letter = letters.not_shipped(order, task.input["dropped"])
    else:
        paid = result_of("pay", task.results)
        if paid.get("state") != "paid":
            return {"told": False, "reason": paid.get("reason", "nothing to tell yet")}
        letter = letters.booked(order, paid["route"], task.input.get("avoided", []))
    sent = task.call("email.send", **letter)
    return {"told": True, "message": sent["message"], "subject": letter["subject"]}
