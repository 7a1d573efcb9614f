"""Whether a moment lies in a weekly window of time, in the window's own time zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.policy.terms import Window

MINUTES_A_DAY = 1440


def within(window: Window, at: str) -> bool:
    """Whether a moment (ISO 8601 with zone) lies in the window. Raises ValueError without one.

    The start belongs to the window and the end does not. A window over midnight belongs to the day
    on which it began; daylight saving follows the zone's rules.
    """
    if not at:
        raise ValueError("the request carries no time")
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(window.zone))
    minute = local.hour * 60 + local.minute
    if window.start < window.end:
        return local.isoweekday() in window.days and window.start <= minute < window.end
    if minute >= window.start:
        return local.isoweekday() in window.days
    yesterday = local - timedelta(days=1)
    return minute < window.end and yesterday.isoweekday() in window.days
