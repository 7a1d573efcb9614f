"""What a container costs until it stands in the warehouse, in cents of US dollar, all integers.

The rates are those of this demonstration and lie near 2024 averages; fuel follows the square of
speed over a distance (the admiralty coefficient: power grows with the cube of speed), which is why
slow ships are cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

FREIGHT_MINOR_PER_100_TEU_KM = 700
ROAD_MINOR_PER_TEU_KM = 140
HANDLING_MINOR_PER_TEU = 250_00
CANAL_MINOR_PER_TEU = {"suez": 65_00, "panama": 90_00}
INSURANCE_BPS = 30
CHANGE_FEE_MINOR_PER_TEU = 100_00
SERVICES: Mapping[str, int] = {"express": 20, "standard": 16, "slow": 12}
"""Service speeds in knots."""

_STANDARD_KNOTS = 16
_FUEL_PERMILLE = 450
_BASIS_POINTS = 10_000


@dataclass(frozen=True)
class LandedCost:
    """Parts of a landed cost in cents. Only `payable_minor` goes to the carrier."""

    goods_minor: int
    freight_minor: int
    canal_minor: int
    handling_minor: int
    road_minor: int
    insurance_minor: int
    duty_minor: int

    @property
    def payable_minor(self) -> int:
        """What the carrier is paid: freight, canal dues, handling and road."""
        return self.freight_minor + self.canal_minor + self.handling_minor + self.road_minor

    @property
    def logistics_minor(self) -> int:
        """Everything but the goods themselves."""
        return self.payable_minor + self.insurance_minor + self.duty_minor

    def to_json(self) -> dict[str, int]:
        """All parts and sums by name."""
        sums = {"payable_minor": self.payable_minor, "logistics_minor": self.logistics_minor}
        return asdict(self) | sums | {"total_minor": self.goods_minor + self.logistics_minor}


@dataclass(frozen=True)
class Cargo:
    """What is carried: TEU, value of the goods in cents, duty rate in basis points of the CIF
    value.
    """

    teu: int
    goods_minor: int
    duty_bps: int


def speed_permille(service: str) -> int:
    """Price of a service per thousand of the standard one: the fuel share grows with speed
    squared.
    """
    knots = SERVICES[service]
    fuel = divided(_FUEL_PERMILLE * knots * knots, _STANDARD_KNOTS * _STANDARD_KNOTS)
    return 1000 - _FUEL_PERMILLE + fuel


def landed_cost(
    cargo: Cargo, *, sea_km: int, road_km: int, passages: tuple[str, ...], service: str
) -> LandedCost:
    """The landed cost of a cargo on one route.

    Insurance is charged on 110 % of goods and freight, duty on cost, insurance and freight (CIF).
    """
    freight = divided(
        cargo.teu * sea_km * FREIGHT_MINOR_PER_100_TEU_KM * speed_permille(service), 100 * 1000
    )
    insured = divided((cargo.goods_minor + freight) * 110, 100)
    insurance = divided(insured * INSURANCE_BPS, _BASIS_POINTS)
    cif = cargo.goods_minor + freight + insurance
    return LandedCost(
        goods_minor=cargo.goods_minor,
        freight_minor=freight,
        canal_minor=cargo.teu * sum(CANAL_MINOR_PER_TEU.get(name, 0) for name in passages),
        handling_minor=cargo.teu * HANDLING_MINOR_PER_TEU,
        road_minor=cargo.teu * road_km * ROAD_MINOR_PER_TEU_KM,
        insurance_minor=insurance,
        duty_minor=divided(cif * cargo.duty_bps, _BASIS_POINTS),
    )


def divided(number: int, by: int) -> int:
    """Integer division of a non-negative number, rounded half up."""
    return (2 * number + by) // (2 * by)
