"""Figures of a bench, printed as lines of a table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence


def say(what: str, value: str) -> None:
    """Print one figure."""
    sys.stdout.write(f"{what:<74} {value:>22}\n")
    sys.stdout.flush()


def judge(
    what: str,
    value: float,
    unit: str = "",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> bool:
    """Print a figure with its bar and whether it holds; give one of the two bounds."""
    bound, sign = (at_least, "≥") if at_least is not None else (at_most, "≤")
    if bound is None:
        raise ValueError(f"{what} has no bar")
    holds = value >= bound if at_least is not None else value <= bound
    told = f"{value:,g} {unit}".strip()
    say(what, f"{told}  (bar {sign} {bound:,g}) {'pass' if holds else 'FAIL'}")
    return holds


def say_latency(what: str, seconds: Sequence[float]) -> None:
    """Print the percentiles of a latency in milliseconds."""
    p50, p95, worst = (percentile(seconds, part) * 1000 for part in (50, 95, 100))
    say(f"{what} (p50 / p95 / worst of {len(seconds)})", f"{p50:.0f} / {p95:.0f} / {worst:.0f} ms")


def percentile(values: Sequence[float], part: int) -> float:
    """The value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


def rate(done: int, work: Callable[[], object]) -> float:
    """How many a second, when the work does so many."""
    began = time.perf_counter()
    work()
    return done / (time.perf_counter() - began)
