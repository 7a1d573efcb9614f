"""Ways a shipment could travel: load and discharge ports, passages, speed, days. Pure over the
marine network.

A closed port is replaced by ports that a lorry reaches; a closed passage is sailed around.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from orchestration.blueprints.freight.domain.closures import Closures
from orchestration.blueprints.freight.domain.costs import SERVICES
from orchestration.blueprints.freight.domain.network import shortest_way
from orchestration.blueprints.freight.domain.ports import PORTS, road_km, within_road_reach

KM_PER_NAUTICAL_MILE = 1.852
LORRY_KM_PER_DAY = 600
LOAD_REACH_KM, DISCHARGE_REACH_KM = 700, 900
SUBSTITUTES = 2
PORT_DAYS = 2
"""Days for loading and discharge together."""
CANALS = frozenset({"suez", "panama"})
WEEK_DAYS = 7


@dataclass(frozen=True)
class Route:
    """One way to carry a shipment. Days count from the start of the plan; distances are whole
    km.
    """

    load: str
    discharge: str
    service: str
    sea_km: int
    road_km: int
    passages: tuple[str, ...]
    departs_day: int
    arrives_day: int

    @property
    def id(self) -> str:
        """Names the route among those of one shipment."""
        return f"{self.load}-{self.discharge}-{self.service}-{self.departs_day}"

    def to_json(self) -> dict[str, Any]:
        """All fields and the id, as JSON."""
        return {"id": self.id, **asdict(self), "passages": list(self.passages)}


@dataclass(frozen=True)
class Journey:
    """What is asked for: from the supplier's port to the customer's, ready on a day."""

    origin: str
    destination: str
    ready_day: int


def routes(journey: Journey, closures: Closures) -> list[Route]:
    """All ways worth comparing: the direct pair of ports first, then substitutes, each at three
    speeds.

    Empty when closures leave no way.
    """
    loads = _open_ports(journey.origin, LOAD_REACH_KM, closures)
    discharges = _open_ports(journey.destination, DISCHARGE_REACH_KM, closures)
    pairs = [(load, discharges[0]) for load in loads[:1] if discharges]
    pairs += [(load, end) for load in loads[:1] for end in discharges[1:]]
    pairs += [(load, end) for load in loads[1:] for end in discharges[:1]]
    found = [
        _route(journey, pair, service, closures)
        for pair in pairs
        if pair[0] != pair[1]
        for service in ("standard", "express", "slow")
    ]
    return [route for route in found if route is not None]


def _open_ports(locode: str, reach_km: int, closures: Closures) -> list[str]:
    near = (port.locode for port in within_road_reach(locode, reach_km))
    return [code for code in (locode, *near) if code not in closures.ports][: SUBSTITUTES + 1]


def _route(
    journey: Journey, pair: tuple[str, str], service: str, closures: Closures
) -> Route | None:
    load, discharge = pair
    way = shortest_way(load, discharge, closures.passages)
    if way is None:
        return None
    to_ship = road_km(PORTS[journey.origin], PORTS[load])
    from_ship = road_km(PORTS[discharge], PORTS[journey.destination])
    departs = next_sailing(load, discharge, journey.ready_day + ceil(to_ship / LORRY_KM_PER_DAY))
    ashore = departs + sea_days(way.km, way.passages, service)
    return Route(
        load=load,
        discharge=discharge,
        service=service,
        sea_km=way.km,
        road_km=to_ship + from_ship,
        passages=way.passages,
        departs_day=departs,
        arrives_day=ashore + ceil(from_ship / LORRY_KM_PER_DAY),
    )


def sea_days(km: int, passages: tuple[str, ...], service: str) -> int:
    """Days from quay to quay: sailing, a day a canal, and port days."""
    km_a_day = SERVICES[service] * KM_PER_NAUTICAL_MILE * 24
    return ceil(km / km_a_day) + len(CANALS.intersection(passages)) + PORT_DAYS


def next_sailing(load: str, discharge: str, not_before: int) -> int:
    """Day of the first weekly sailing of a pair of ports; its weekday follows from their codes."""
    weekday = sum(map(ord, load + discharge)) % WEEK_DAYS
    return not_before + (weekday - not_before) % WEEK_DAYS
