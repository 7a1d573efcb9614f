"""What more approvals would cost people, from how long like approvals really took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

_DAY_S = 86_400
_HOUR_S = 3_600
ENOUGH = 4
"""Measured times below which no person-hours are forecast."""


@dataclass(frozen=True)
class Forecast:
    """Approvals and person-hours a day.

    Attributes:
        approvals: more (or, below zero, fewer) approvals a day.
        hours, low, high: person-hours a day at the median, lower and upper quartile of the
            measured times; None when too few were measured.
        measured: how many measured times this rests on.
    """

    approvals: float
    hours: float | None
    low: float | None
    high: float | None
    measured: int


def forecast(
    answers: int, approvals: int, span_s: float, seconds_to_decide: Sequence[float]
) -> Forecast:
    """The cost of `approvals` more requests that take `answers` answers in all.

    `span_s` is how many seconds the replayed history lasted; `seconds_to_decide` are measured
    times that one person took to answer a like request. Raises ValueError for no span.
    """
    if span_s <= 0:
        raise ValueError("the history must last some time")
    days = span_s / _DAY_S
    if len(seconds_to_decide) < ENOUGH:
        return Forecast(approvals / days, None, None, None, len(seconds_to_decide))
    lower, _, upper = quantiles(seconds_to_decide, n=4, method="inclusive")
    hours = answers / days / _HOUR_S
    middle = median(seconds_to_decide)
    return Forecast(
        approvals / days, hours * middle, hours * lower, hours * upper, len(seconds_to_decide)
    )


def together(parts: Sequence[Forecast]) -> Forecast:
    """The sum of forecasts for different kinds of approvals; no hours when one of them has none."""
    known = [one for one in parts if one.hours is not None]
    approvals, measured = sum(one.approvals for one in parts), sum(one.measured for one in parts)
    if len(known) < len(parts):
        return Forecast(approvals, None, None, None, measured)
    return Forecast(
        approvals,
        sum(one.hours or 0.0 for one in parts),
        sum(one.low or 0.0 for one in parts),
        sum(one.high or 0.0 for one in parts),
        measured,
    )
