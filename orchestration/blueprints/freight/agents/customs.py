"""The customs clearer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


@handler("freight.customs", version=1, capabilities=["customs.clearance"])
def clear(task: TaskContext) -> dict[str, Any]:
    """Ask customs whether an order may enter, with the papers its supplier can hand over."""
    order = task.input["order"]
    found = task.call(
        "customs.check",
        hs=order["hs"],
        origin=order["origin"][:2],
        destination=order["destination"][:2],
        papers=order["papers"],
    )
    return {"shipment": order["id"], "supplier": order["supplier"], **found}
