"""Pieces of JSON schema that the freight tools share."""

from __future__ import annotations

from orchestration.blueprints.freight.domain.closures import PASSAGES
from orchestration.blueprints.freight.domain.costs import SERVICES
from orchestration.blueprints.freight.domain.ports import PORTS
from orchestration.blueprints.freight.domain.trade import REGIONS, SUPPLIERS
from orchestration.tools.contract import Json

MOST_MINOR = 10**12
MOST_TEU = 500


def shape(required: dict[str, Json], optional: dict[str, Json] | None = None) -> dict[str, Json]:
    """Schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": sorted(required),
        "additionalProperties": False,
    }


def text(description: str, most: int = 200) -> dict[str, Json]:
    """Schema of a non-empty string."""
    return {"type": "string", "minLength": 1, "maxLength": most, "description": description}


def whole(description: str, least: int = 0, most: int = MOST_MINOR) -> dict[str, Json]:
    """Schema of an integer in a range."""
    return {"type": "integer", "minimum": least, "maximum": most, "description": description}


def one_of(values: list[str], description: str) -> dict[str, Json]:
    """Schema of a choice."""
    return {"enum": values, "description": description}


def many(items: dict[str, Json], description: str, most: int) -> dict[str, Json]:
    """Schema of a list."""
    return {"type": "array", "items": items, "maxItems": most, "description": description}


def money(description: str) -> dict[str, Json]:
    """Schema of an amount in minor units."""
    return whole(f"{description}, in cents of US dollar")


PORT = one_of(sorted(PORTS), "UN/LOCODE of a port")
REGION = one_of(list(REGIONS), "Region whose warehouse is meant")
SUPPLIER = one_of(sorted(SUPPLIERS), "Code of the supplier")
SEED = whole("Seed of the simulated world", most=2**53 - 1)
DAY = whole("Day counted from the start of the plan", most=3650)
TEU = whole("Twenty-foot equivalent units", 1, MOST_TEU)
COUNTRY = {
    "type": "string",
    "pattern": "^[A-Z]{2}$",
    "description": "ISO 3166-1 alpha-2 country code",
}
CLOSURES = shape(
    {},
    {
        "ports": many(PORT, "Closed ports", len(PORTS)),
        "passages": many(
            one_of(sorted(PASSAGES), "Name of a passage"), "Closed passages", len(PASSAGES)
        ),
    },
)
COST = {"type": "object", "additionalProperties": whole("Cents of US dollar")}
ROUTE = shape(
    {
        "id": text("Names the route among those of one shipment"),
        "load": PORT,
        "discharge": PORT,
        "service": one_of(list(SERVICES), "Speed class of the ship"),
        "sea_km": whole("Distance by sea, km", most=60_000),
        "road_km": whole("Distance by road, km", most=10_000),
        "passages": many(text("Name of a passage"), "Passages it goes through", 12),
        "departs_day": DAY,
        "arrives_day": DAY,
    },
    {"cost": COST},
)
