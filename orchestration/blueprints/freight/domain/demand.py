"""Weekly demand of a region, simulated by a published formula.

The innovations state space model ETS(M,A,M) of Hyndman, Koehler, Ord and Snyder, *Forecasting with
Exponential Smoothing* (Springer 2008), table 2.3: level, trend and a yearly season of 52 weeks, all
disturbed by one random error a week. The seed fixes the errors. No agent is told the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

from orchestration.blueprints.freight.domain.chance import chance

SEASON_WEEKS = 52
HISTORY_WEEKS = 4 * SEASON_WEEKS
ALPHA, BETA, GAMMA, SIGMA = 0.12, 0.004, 0.05, 0.07


@dataclass(frozen=True)
class Market:
    """What a region's demand starts from: pallets a week, growth a week, swing of the season,
    peak week.
    """

    level: float
    trend: float
    swing: float
    peak_week: int


MARKETS = {
    "europe": Market(level=150.0, trend=0.22, swing=0.30, peak_week=46),
    "americas": Market(level=120.0, trend=0.30, swing=0.25, peak_week=44),
    "oceania": Market(level=60.0, trend=0.08, swing=0.20, peak_week=48),
}


def weekly_demand(region: str, seed: int, weeks: int = HISTORY_WEEKS) -> list[int]:
    """Pallets demanded in each of the given number of weeks, oldest first."""
    market = MARKETS[region]
    errors = chance(seed, "demand", region)
    level, trend = market.level, market.trend
    season = [_season(market, week) for week in range(SEASON_WEEKS)]
    demanded = []
    for week in range(weeks):
        error = max(-0.5, errors.gauss(0.0, SIGMA))
        slot = week % SEASON_WEEKS
        expected = level + trend
        demanded.append(round(max(0.0, expected * season[slot] * (1 + error))))
        level = expected * (1 + ALPHA * error)
        trend += BETA * expected * error
        season[slot] *= 1 + GAMMA * error
    return demanded


def _season(market: Market, week: int) -> float:
    quarter = SEASON_WEEKS / 4
    return 1.0 + market.swing * sin(2 * pi * (week - market.peak_week + quarter) / SEASON_WEEKS)
