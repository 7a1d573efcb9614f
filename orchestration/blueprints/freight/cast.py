"""Who works in the freight system: units and agents, with what they may do."""

from __future__ import annotations

from typing import NamedTuple

from orchestration.blueprints.contract import AgentSpec, UnitSpec
from orchestration.vocabulary import AgentRole, Autonomy, Risk

PLANNING, FINANCE, CUSTOMERS = "demo/planning", "demo/finance", "demo/customers"
EMEA, APAC = "demo/operations/emea", "demo/operations/apac"

UNITS = (
    UnitSpec("demo", "Demonstration freight", "organisation"),
    UnitSpec(PLANNING, "Planning"),
    UnitSpec("demo/operations", "Operations"),
    UnitSpec(EMEA, "Operations EMEA and Americas", "region"),
    UnitSpec(APAC, "Operations Asia-Pacific", "region"),
    UnitSpec(FINANCE, "Finance"),
    UnitSpec(CUSTOMERS, "Customer desk"),
)

_PLANNER = AgentSpec(
    slug="freight-planner",
    name="Freight planner",
    unit=PLANNING,
    role=AgentRole.PLANNER,
    capabilities=("freight.planning",),
    handler="freight.planner",
    instructions=(
        "Turn the order book into tasks: supply, customs, route, booking, payment, customer. When "
        "a port or passage closes or the reviewer objects, redo only what is touched. Drop a "
        "shipment only when no remedy is left, and say why."
    ),
    grants=("routes.search",),
    risk_class=Risk.MEDIUM,
    limits={"steps": 200},
)

_FORECASTER = AgentSpec(
    slug="demand-forecaster",
    name="Demand forecaster",
    unit=PLANNING,
    role=AgentRole.RETRIEVER,
    capabilities=("demand.forecasting",),
    handler="freight.demand",
    instructions=(
        "Forecast weekly demand by region. Score every method on weeks it has not seen and use "
        "the one that does better; say how much better than last year's figures it is."
    ),
    grants=("demand.history",),
    supervisor="freight-planner",
)

_REVIEWER = AgentSpec(
    slug="plan-reviewer",
    name="Plan reviewer",
    unit=PLANNING,
    role=AgentRole.EVALUATOR,
    capabilities=("freight.evaluation",),
    handler="freight.reviewer",
    instructions=(
        "Accept a plan only when nothing refused by customs travels, nothing goes through a closed "
        "place, every deadline is kept and the budget holds. Name each fault and its shipment."
    ),
    risk_class=Risk.MEDIUM,
)

_WAREHOUSE = AgentSpec(
    slug="warehouse-controller",
    name="Warehouse controller",
    unit="demo/operations",
    role=AgentRole.OPTIMISER,
    capabilities=("stock.planning",),
    handler="freight.warehouse",
    instructions=(
        "Say for each region when its warehouse runs out under the forecast and what restores "
        "the stock at a service level of 95 %."
    ),
    grants=("stock.project",),
    supervisor="freight-planner",
)

_TREASURER = AgentSpec(
    slug="treasurer",
    name="Treasurer",
    unit=FINANCE,
    role=AgentRole.EXECUTOR,
    capabilities=("freight.payment",),
    handler="freight.treasurer",
    instructions=(
        "Pay carriers for what is booked. A payment over the limit waits for two people; when "
        "they decline it, look for a cheaper way in time once, never split a payment, and give "
        "the booking back when there is none."
    ),
    grants=("payments.transfer", "bookings.reserve", "bookings.cancel"),
    autonomy=Autonomy.ACT,
    risk_class=Risk.MEDIUM,
    supervisor="freight-planner",
)

_CONTACT = AgentSpec(
    slug="customer-desk",
    name="Customer desk",
    unit=CUSTOMERS,
    role=AgentRole.EXECUTOR,
    capabilities=("customer.contact",),
    handler="freight.contact",
    instructions=(
        "Tell each customer what is booked, what changed and why, or that a shipment will not "
        "travel. Write once there is something that lasts."
    ),
    grants=("email.send",),
    risk_class=Risk.MEDIUM,
    supervisor="freight-planner",
)


class _Desk(NamedTuple):
    """A post that every operations region fills."""

    stem: str
    title: str
    role: AgentRole
    capability: str
    handler: str
    grants: tuple[str, ...]
    risk_class: Risk
    instructions: str


_DESKS = (
    _Desk(
        "router",
        "Router",
        AgentRole.OPTIMISER,
        "freight.routing",
        "freight.router",
        ("routes.search", "costs.landed", "ports.status"),
        Risk.LOW,
        "Find ways around what is closed, price them, and choose one that is in time and within "
        "the ceiling. Pay for speed only when the warehouse runs dry.",
    ),
    _Desk(
        "customs",
        "Customs clearer",
        AgentRole.RETRIEVER,
        "customs.clearance",
        "freight.customs",
        ("customs.check",),
        Risk.MEDIUM,
        "Say whether goods may enter with the papers at hand, and at which duty. Name the measure "
        "behind every refusal.",
    ),
    _Desk(
        "negotiator",
        "Supplier negotiator",
        AgentRole.EXECUTOR,
        "supplier.negotiation",
        "freight.negotiator",
        ("supplier.offer",),
        Risk.LOW,
        "Bargain with suppliers round by round. Concede steadily, never beyond the limit, and "
        "leave without a deal rather than break it.",
    ),
    _Desk(
        "booking",
        "Booking desk",
        AgentRole.EXECUTOR,
        "freight.booking",
        "freight.booking",
        ("bookings.reserve", "bookings.cancel"),
        Risk.LOW,
        "Reserve space on the chosen route unless it has closed since. Give back what a new plan "
        "replaces.",
    ),
)


def _regional(unit: str, place: str) -> tuple[AgentSpec, ...]:
    """The agents of an operations region, one a desk."""
    code = unit.rpartition("/")[2]
    return tuple(
        AgentSpec(
            slug=f"{desk.stem}-{code}",
            name=f"{desk.title} {place}",
            unit=unit,
            role=desk.role,
            capabilities=(desk.capability,),
            handler=desk.handler,
            instructions=desk.instructions,
            grants=desk.grants,
            risk_class=desk.risk_class,
            supervisor="freight-planner",
        )
        for desk in _DESKS
    )


AGENTS = (
    _PLANNER,
    _FORECASTER,
    _REVIEWER,
    _WAREHOUSE,
    *_regional(EMEA, "EMEA"),
    *_regional(APAC, "APAC"),
    _TREASURER,
    _CONTACT,
)
