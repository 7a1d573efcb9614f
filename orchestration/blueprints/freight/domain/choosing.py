"""Which of several priced routes is taken, and why. Pure; the same function serves router and
finance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Priced = Mapping[str, Any]
"""A route as `routes.search` gives it, with its `cost` as `costs.landed` gives it."""

PREFERENCES = ("balanced", "fastest", "cheapest")


@dataclass(frozen=True)
class Needs:
    """What a route must keep.

    Attributes:
        deadline_day: last day of arrival. ceiling_minor: most the move may cost, in cents.
        runs_out_day: day the warehouse runs dry, or None; sooner arrivals are worth paying for.
        prefer: one of PREFERENCES.
    """

    deadline_day: int
    ceiling_minor: int
    runs_out_day: int | None = None
    prefer: str = "balanced"


@dataclass(frozen=True)
class Choice:
    """The route taken, or None with the problem (`no-way`, `late`, `over-ceiling`); always a
    reason.
    """

    route: Priced | None
    problem: str
    reason: str


def choose(options: Sequence[Priced], needs: Needs) -> Choice:
    """Take the best route that keeps deadline and ceiling; equal ones in the order given."""
    if not options:
        return Choice(None, "no-way", "no open way leads there")
    in_time = [one for one in options if one["arrives_day"] <= needs.deadline_day]
    if not in_time:
        soonest = min(one["arrives_day"] for one in options)
        reason = f"the soonest arrival is day {soonest}, the deadline day {needs.deadline_day}"
        return Choice(None, "late", reason)
    paid_for = [one for one in in_time if one["cost"]["logistics_minor"] <= needs.ceiling_minor]
    if not paid_for:
        least = min(one["cost"]["logistics_minor"] for one in in_time)
        reason = f"the cheapest way in time costs {least}, the ceiling is {needs.ceiling_minor}"
        return Choice(None, "over-ceiling", reason)
    return _best(paid_for, needs)


def _best(options: Sequence[Priced], needs: Needs) -> Choice:
    if needs.prefer == "fastest":
        return Choice(min(options, key=_soonest), "", "the soonest arrival within the ceiling")
    if needs.prefer == "cheapest":
        return Choice(min(options, key=_cheapest), "", "the least cost within the deadline")
    usual = min(options, key=lambda one: (one["service"] != "standard", *_cheapest(one)))
    dry = needs.runs_out_day
    if dry is None or usual["arrives_day"] <= dry:
        return Choice(usual, "", "the standard service keeps stock and deadline")
    sooner = [one for one in options if one["arrives_day"] < usual["arrives_day"]]
    if not sooner:
        return Choice(usual, "", f"stock runs out on day {dry}; nothing arrives sooner")
    soonest = min(sooner, key=_soonest)
    return Choice(soonest, "", f"stock runs out on day {dry}, before the standard service arrives")


def cheaper_than(options: Sequence[Priced], payable_minor: int, deadline_day: int) -> Priced | None:
    """The route that arrives in time and costs the carrier least, if that is less than
    `payable_minor`.
    """
    below = [
        one
        for one in options
        if one["arrives_day"] <= deadline_day and one["cost"]["payable_minor"] < payable_minor
    ]
    return min(below, key=lambda one: (one["cost"]["payable_minor"], one["id"]), default=None)


def shortlist(options: Sequence[Priced], taken: Priced | None, size: int = 4) -> list[Priced]:
    """The cheapest other routes, for whoever has to choose again without searching."""
    others = [one for one in options if taken is None or one["id"] != taken["id"]]
    return sorted(others, key=_cheapest)[:size]


def _cheapest(route: Priced) -> tuple[int, int, str]:
    return route["cost"]["logistics_minor"], route["arrives_day"], route["id"]


def _soonest(route: Priced) -> tuple[int, int, str]:
    return route["arrives_day"], route["cost"]["logistics_minor"], route["id"]
