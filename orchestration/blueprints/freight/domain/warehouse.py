"""How long a warehouse's stock lasts under a forecast: a seeded simulation of many possible
futures.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from orchestration.blueprints.freight.domain.chance import chance

PALLETS_PER_TEU = 11
"""EUR pallets on the floor of a 20-foot container."""
FUTURES = 200
SERVICE_Z = 1.645
"""Standard normal quantile of a 95 % service level."""
CAUTION = 0.1
"""The stock-out day told is the one that a tenth of the futures undercut."""
WEEK_DAYS = 7


@dataclass(frozen=True)
class Projection:
    """What the simulation says.

    Attributes:
        runs_out_day: day by which a tenth of the futures have run out; None when that lies beyond
            the forecast.
        safety_pallets: stock to keep against forecast errors over the lead time.
        reorder_teu: TEU that bring the stock over the forecast period, safety stock included.
    """

    runs_out_day: int | None
    safety_pallets: int
    reorder_teu: int


def opening_stock(region: str, seed: int, weekly: int) -> int:
    """Pallets in the warehouse today: five to nine weeks of demand, by seed."""
    return round(weekly * chance(seed, "stock", region).uniform(5.0, 9.0))


def project(
    stock: int, weekly: list[int], spread: float, *, lead_weeks: int, seed: int
) -> Projection:
    """Run the futures: each week's demand is the forecast plus a normal error of the given spread.

    `stock` and `weekly` are pallets, `lead_weeks` the weeks until an order placed now arrives.
    """
    draws = chance(seed, "futures", str(stock))
    days = sorted(
        _runs_out(stock, weekly, [draws.gauss(0.0, spread) for _ in weekly]) for _ in range(FUTURES)
    )
    cautious = days[int(FUTURES * CAUTION)]
    safety = ceil(SERVICE_Z * spread * sqrt(lead_weeks))
    missing = max(0, sum(weekly) + safety - stock)
    horizon = len(weekly) * WEEK_DAYS
    return Projection(
        cautious if cautious < horizon else None, safety, ceil(missing / PALLETS_PER_TEU)
    )


def _runs_out(stock: int, weekly: list[int], errors: list[float]) -> int:
    left = float(stock)
    for week, (expected, error) in enumerate(zip(weekly, errors, strict=True)):
        demanded = max(0.0, expected + error)
        if demanded > left:
            return week * WEEK_DAYS + int(WEEK_DAYS * left / demanded)
        left -= demanded
    return len(weekly) * WEEK_DAYS
