"""The time zone a page tells times in: the one in its address, or else the reader's own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest

from console.requests import person_of

LONGEST = 60
USUAL = "UTC"


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The zone that `?tz=` names, or the person's; UTC when there is no zone of that name.

    It stands in the address, so that who is sent the address reads the same times.
    """
    return (
        named(request.GET.get("tz", "")) or named(person_of(request).time_zone) or ZoneInfo(USUAL)
    )


def named(name: str) -> ZoneInfo | None:
    """A zone by its name in the IANA database; None if there is none."""
    if not name or len(name) > LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None  # no such zone, or a name that is no path inside the database
