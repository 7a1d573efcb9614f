"""The freight system: real ports and sea routes, agents that move goods, people who approve."""

from __future__ import annotations

from pathlib import Path

from orchestration.blueprints.contract import Blueprint
from orchestration.blueprints.freight.agents import (
    analysts,
    booking,
    contact,
    customs,
    finance,
    negotiator,
    planner,
    reviewer,
    router,
)
from orchestration.blueprints.freight.cast import AGENTS, UNITS
from orchestration.blueprints.freight.goals import CLOSE, RESTOCK
from orchestration.blueprints.freight.tools import bookings, lookups, mail, payments, supply

REGISTERED = (
    analysts, booking, contact, customs, finance, negotiator, planner, reviewer, router,
    bookings, lookups, mail, payments, supply,
)  # fmt: skip
"""Modules whose import registers handlers and tools."""

TOOLS = (
    "bookings.cancel",
    "bookings.reserve",
    "costs.landed",
    "customs.check",
    "demand.history",
    "email.send",
    "payments.transfer",
    "ports.status",
    "routes.search",
    "stock.project",
    "supplier.offer",
)

BLUEPRINT = Blueprint(
    name="freight",
    title="Sea freight",
    summary=(
        "Agents forecast demand, bargain with suppliers, clear customs, route ships, book, pay and "
        "tell customers. A port or passage closes and only what it touches is planned again."
    ),
    units=UNITS,
    agents=AGENTS,
    tools=TOOLS,
    policies=tuple(sorted((Path(__file__).parent / "policies").glob("*.yaml"))),
    goal_templates=(RESTOCK,),
    events=(CLOSE,),
)
