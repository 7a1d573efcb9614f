"""Numbers, money, sizes, times and JSON as people read them. Pure; the clock is an argument."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from orchestration.policy.labels import ERASED, OWNER

MASK = "••••"
GONE = "erased"
"""How a value reads that was erased."""
WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})
WITH_MILLS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
KILO = 1000
TENTHS_BELOW = 10
LONG_SECRET = 16
UNITS_SHOWN = 2
SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def number(value: float) -> str:
    """A count with thousands separated: 1042 is `1,042`; a fraction keeps one digit."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def money(minor: int, currency: str = "") -> str:
    """An amount in minor units as text: 1240000, USD is `12,400.00 USD`.

    The number of decimals follows ISO 4217.
    """
    digits = 0 if currency in WITHOUT_CENTS else 3 if currency in WITH_MILLS else 2
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    amount = f"{sign}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    return f"{amount} {currency}".rstrip()


def size(count: int) -> str:
    """A number of bytes in units of 1000: 48312 is `48.3 kB`."""
    if abs(count) < KILO:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB"):
        amount /= KILO
        if abs(amount) < KILO:
            return f"{amount:.1f} {unit}"
    return f"{amount / KILO:.1f} TB"


def duration(span: timedelta | float) -> str:
    """A span as its two largest units: 252 s is `4 min 12 s`; under a second in ms."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds < 1:
        return f"{sign}{round(seconds * KILO)} ms"
    if seconds < TENTHS_BELOW and seconds != int(seconds):
        return f"{sign}{seconds:.1f} s"
    rest = int(seconds)
    parts: list[str] = []
    for length, unit in SPANS:
        amount, rest = divmod(rest, length)
        if amount or parts:
            parts.append(f"{amount} {unit}" if amount else "")
        if len(parts) == UNITS_SHOWN:
            break
    return sign + " ".join(part for part in parts if part)


def ago(moment: datetime, now: datetime) -> str:
    """How far a moment lies from now, in one unit: `3 min ago`, `in 12 s`, `now`."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 1:
        return "now"
    text = next(f"{int(distance // n)} {unit}" for n, unit in SPANS if distance >= n)
    return f"{text} ago" if seconds > 0 else f"in {text}"


def masked(text: str) -> str:
    """A secret with only the ends of long values left: `DE89 •••• 3000`; short ones vanish."""
    return f"{text[:4]} {MASK} {text[-4:]}" if len(text) >= LONG_SECRET else MASK


def hide(value: Any, paths: Collection[str], prefix: str = "") -> Any:
    """A copy of a JSON value in which the leaves at the dotted paths are masked; erased ones say
    that they are.
    """
    if value == ERASED:
        return GONE
    if prefix in paths and prefix:
        return MASK
    if isinstance(value, dict):
        return {k: hide(v, paths, f"{prefix}.{k}" if prefix else str(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [hide(v, paths, f"{prefix}.{i}") for i, v in enumerate(value) if not _names(v)]
    return value


def _names(label: Any) -> bool:
    """Whether this is a label that says whose a leaf is; that is nobody's to read."""
    return isinstance(label, str) and label.startswith(OWNER)


def pretty(value: Any, paths: Collection[str] = ()) -> str:
    """A JSON value over several lines, keys in their given order, the leaves at `paths` masked."""
    return json.dumps(hide(value, paths), indent=2, ensure_ascii=False, default=str)
