"""The supplier negotiator: bargains over each lot until a price is agreed or rounds are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.domain.bargaining import PERCENT, ROUNDS, Side, buyer
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


@handler("freight.negotiator", version=1, capabilities=["supplier.negotiation"])
def negotiate(task: TaskContext) -> dict[str, Any]:
    """Agree a price per TEU for every commodity bought from one supplier; those without a deal
    are named.
    """
    prices, rounds, failed = {}, {}, []
    for commodity, lot in sorted(task.input["lots"].items()):
        listed = lot["list_price_minor"]
        limit = listed * task.input.get("price_limit_percent", PERCENT) // PERCENT
        price, taken = _bargain(task, commodity, lot["teu"], buyer(listed, limit))
        rounds[commodity] = taken
        if price is None:
            failed.append(commodity)
        else:
            prices[commodity] = price
    return {
        "supplier": task.input["supplier"], "prices": prices, "rounds": rounds, "failed": failed,
    }  # fmt: skip


def _bargain(task: TaskContext, commodity: str, teu: int, side: Side) -> tuple[int | None, int]:
    asked: int | None = None
    for at_round in range(1, ROUNDS + 1):
        bid = side.offer(at_round) if asked is None else min(side.offer(at_round), asked)
        said = task.call(
            "supplier.offer",
            supplier=task.input["supplier"],
            commodity=commodity,
            teu=teu,
            bid_minor=bid,
            round=at_round,
            seed=task.input["seed"],
        )
        if said["verdict"] == "accepted":
            return said["price_minor"], at_round
        if said["verdict"] == "left":
            return None, at_round
        asked = said["price_minor"]
    return None, ROUNDS
