"""Forecasts of weekly demand and their score on weeks the forecaster has not seen.

Holt's linear trend with multiplicative season (Winters 1960), its two smoothing weights chosen by
least squares over a
small grid, stands against the seasonal naive forecast: this week last year. The better one on the
held-out weeks is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from statistics import fmean, pstdev

SEASON_WEEKS = 52
HOLD_OUT_WEEKS = 13
HORIZON_WEEKS = 13
LEVEL_WEIGHTS = (0.05, 0.1, 0.2, 0.35, 0.5)
SEASON_WEIGHTS = (0.02, 0.1, 0.25)
TREND_WEIGHT = 0.02


@dataclass(frozen=True)
class Forecast:
    """A forecast with its score.

    Attributes:
        method: `holt-winters` or `seasonal-naive`.
        weekly: pallets in each coming week.
        error, naive_error: mean absolute error in pallets on the held-out weeks.
        spread: standard deviation of the chosen method's held-out errors, in pallets.
    """

    method: str
    weekly: tuple[int, ...]
    error: float
    naive_error: float
    spread: float


def forecast(history: list[int], horizon: int = HORIZON_WEEKS) -> Forecast:
    """Forecast the coming weeks from at least three seasons of history.

    Raises ValueError when the history is too short to fit and to hold weeks out.
    """
    if len(history) < 2 * SEASON_WEEKS + HOLD_OUT_WEEKS:
        raise ValueError(f"{len(history)} weeks are too few to forecast from")
    seen, held_out = history[:-HOLD_OUT_WEEKS], history[-HOLD_OUT_WEEKS:]
    trials = {
        "holt-winters": holt_winters(seen, HOLD_OUT_WEEKS),
        "seasonal-naive": seasonal_naive(seen, HOLD_OUT_WEEKS),
    }
    errors = {name: mean_absolute_error(held_out, trial) for name, trial in trials.items()}
    method = min(errors, key=lambda name: (errors[name], name))
    ahead = holt_winters if method == "holt-winters" else seasonal_naive
    misses = [real - guess for real, guess in zip(held_out, trials[method], strict=True)]
    return Forecast(
        method=method,
        weekly=tuple(round(value) for value in ahead(history, horizon)),
        error=round(errors[method], 3),
        naive_error=round(errors["seasonal-naive"], 3),
        spread=round(pstdev(misses), 3),
    )


def seasonal_naive(history: list[int], horizon: int) -> list[float]:
    """The same weeks a season ago."""
    return [float(history[-SEASON_WEEKS + week % SEASON_WEEKS]) for week in range(horizon)]


def holt_winters(history: list[int], horizon: int) -> list[float]:
    """Forecast by the weights that fit the history best, one week ahead at a time."""
    fits = (_smooth(history, a, g) for a, g in product(LEVEL_WEIGHTS, SEASON_WEIGHTS))
    best = min(fits, key=lambda fit: fit.squares)
    first = len(history) % SEASON_WEEKS
    return [
        max(
            0.0, (best.level + (week + 1) * best.trend) * best.season[(first + week) % SEASON_WEEKS]
        )
        for week in range(horizon)
    ]


def mean_absolute_error(real: list[int], guessed: list[float]) -> float:
    """Mean of the absolute differences, in the unit of the series."""
    return fmean(abs(one - other) for one, other in zip(real, guessed, strict=True))


@dataclass
class _Fit:
    level: float
    trend: float
    season: list[float]
    squares: float = 0.0


def _smooth(history: list[int], level_weight: float, season_weight: float) -> _Fit:
    fit = _start(history)
    for week, real in enumerate(history):
        slot = week % SEASON_WEEKS
        expected = fit.level + fit.trend
        fit.squares += (real - expected * fit.season[slot]) ** 2 if week >= SEASON_WEEKS else 0.0
        base = real / fit.season[slot] if fit.season[slot] > 0 else expected
        level = level_weight * base + (1 - level_weight) * expected
        fit.trend += TREND_WEIGHT * (level - expected)
        share = real / expected if expected > 0 else fit.season[slot]
        fit.season[slot] += season_weight * (share - fit.season[slot])
        fit.level = level
    return fit


def _start(history: list[int]) -> _Fit:
    seasons = len(history) // SEASON_WEEKS
    means = [
        fmean(history[year * SEASON_WEEKS : (year + 1) * SEASON_WEEKS]) or 1.0
        for year in range(seasons)
    ]
    season = [
        fmean(history[year * SEASON_WEEKS + week] / means[year] for year in range(seasons))
        for week in range(SEASON_WEEKS)
    ]
    trend = (means[-1] - means[0]) / (SEASON_WEEKS * max(1, seasons - 1))
    return _Fit(level=means[0] - trend * SEASON_WEEKS / 2, trend=trend, season=season)
