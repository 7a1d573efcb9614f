"""Regions: the part of a page that htmx asks for, so that only that part is read and rendered."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from console.live.address import live
from console.requests import wants_part


def region_of(request: HttpRequest) -> str:
    """The id of the element that the answer replaces; empty when a whole page is asked for.

    htmx 4 names its target as `tag#id`.
    """
    if not wants_part(request):
        return ""
    return request.headers.get("HX-Target", "").rpartition("#")[2]


def live_for(
    request: HttpRequest, *topics: str, goal: UUID | str | None = None
) -> dict[str, str] | None:
    """The live connection of a whole page; None for a part, whose page has one already."""
    return None if wants_part(request) else live(*topics, goal=goal)
