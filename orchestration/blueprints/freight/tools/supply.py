"""The tool through which suppliers answer offers. Each supplier has a floor of its own that no
agent can read.
"""

from __future__ import annotations

from typing import Any

from orchestration.blueprints.freight.domain.bargaining import ROUNDS, answer, seller
from orchestration.blueprints.freight.domain.trade import COMMODITIES
from orchestration.blueprints.freight.tools import schemas as s
from orchestration.blueprints.freight.tools.invocations import traced
from orchestration.tools.contract import ToolCall, tool


@tool(
    "supplier.offer",
    title="Make a supplier an offer for goods",
    effect="write",
    idempotent=True,
    labels=("counterparty",),
    arguments=s.shape(
        {
            "supplier": s.SUPPLIER,
            "commodity": s.one_of(sorted(COMMODITIES), "Goods asked for"),
            "teu": s.TEU,
            "bid_minor": s.money("Price offered per TEU"),
            "round": s.whole("Round of the bargaining, from 1", 1, ROUNDS),
            "seed": s.SEED,
        }
    ),
    result=s.shape(
        {
            "verdict": s.one_of(["accepted", "asks", "left"], "What the supplier says"),
            "price_minor": s.money("Price agreed or asked for per TEU; 0 when it left"),
        }
    ),
)
@traced("supplier.offer")
def make_offer(call: ToolCall) -> dict[str, Any]:
    """Answer a bid by the supplier's private position; an offer binds nobody until it is
    accepted.
    """
    asked = call.arguments
    listed = COMMODITIES[asked["commodity"]].price_minor
    side = seller(asked["supplier"], listed, asked["teu"], asked["seed"])
    found = answer(side, asked["bid_minor"], asked["round"])
    return {"verdict": found.verdict, "price_minor": found.price_minor}
