"""The goals one may start in the freight system, and the event an operator may report to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.blueprints.contract import BoardChange, EventSpec, GoalTemplate
from orchestration.blueprints.freight.agents.reviewer import SERVICE_SHARE_PERCENT
from orchestration.blueprints.freight.domain import orders
from orchestration.blueprints.freight.domain.closures import (
    BOARD_KEY,
    PASSAGES,
    Closures,
    choices,
    code_named,
    label_of,
)

RESTOCK = GoalTemplate(
    key="restock",
    title="Restock three regions by sea",
    objective=(
        "Move every order to its customer by its deadline, within the budget, through ports and "
        "passages that are open, with nothing customs would refuse."
    ),
    criteria=(
        "No shipment that customs refuse travels.",
        "No shipment goes through a closed port or passage.",
        "Every shipment that travels arrives by its deadline and is paid for.",
        "Moving everything costs no more than the budget.",
        f"At least {SERVICE_SHARE_PERCENT} % of the ordered TEU travel.",
        "Every customer knows what becomes of the shipment.",
    ),
    constraints={"service_share_percent": SERVICE_SHARE_PERCENT},
    planner="freight.planning",
    evaluator="freight.evaluation",
    budget={"steps": 4_000, "money": 50_00},
    parameters={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "shipments": {
                "type": "integer",
                "minimum": orders.FEWEST,
                "maximum": orders.MOST,
                "default": orders.DEFAULT,
                "title": "Shipments",
            },
            "budget_percent": {
                "type": "integer",
                "minimum": 50,
                "maximum": 300,
                "default": orders.BUDGET_PERCENT,
                "title": "Budget in percent of the expected cost",
            },
        },
    },
    make_input=orders.brief,
    unit="demo",
    max_rounds=4,
)


def close_place(name: str, board: Mapping[str, Any]) -> BoardChange:
    """Close a port or passage, given by code or name, on top of what is closed already.

    Raises InvalidInput when nothing, or more than one place, goes by that name.
    """
    code = code_named(name)
    closures = Closures.from_json(board.get(BOARD_KEY)).and_also(code)
    kind = "passage" if code in PASSAGES else "port"
    return BoardChange(
        reason=f"{label_of(code)} is closed",
        values={
            BOARD_KEY: closures.to_json(),
            f"{BOARD_KEY}/{code}": {"closed": True, "kind": kind, "name": label_of(code)},
        },
    )


CLOSE = EventSpec(
    key="close",
    title="Close a port or passage",
    question="Which port or passage is closed?",
    choices=choices(),
    reads=(BOARD_KEY,),
    change=close_place,
)
