"""The address a page's live connection is opened at: what it shows, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from audit.following import position
from console.live.topics import TOPICS

PATH = "live/"
LONGEST = 4000
"""Longest query string that is read, in characters."""


@dataclass(frozen=True)
class Asked:
    """What a page wants to hear of: topics, the goal it shows, and the position it was read at."""

    topics: tuple[str, ...]
    goal: str | None = None
    since: str = ""


def live(*topics: str, goal: UUID | str | None = None) -> dict[str, str]:
    """The context `live` of a page.

    Call it before anything else is read for the page: whatever commits after this moment is sent
    when the connection opens.

    Args:
        topics: names of console.live.topics. goal: the goal that the page shows, if it shows one.
    """
    unknown = set(topics) - set(TOPICS)
    if unknown:
        raise ValueError(f"no such topics: {sorted(unknown)}")
    query = {"topics": " ".join(topics), "since": position()}
    if goal is not None:
        query["goal"] = str(goal)
    return {"url": f"/{PATH}?{urlencode(query)}"}


def asked(query: str) -> Asked | None:
    """Read the address again; None when it is not one that `live` makes."""
    if len(query) > LONGEST:
        return None
    given = {name: values[0] for name, values in parse_qs(query).items()}
    topics = tuple(given.get("topics", "").split())
    goal = given.get("goal")
    if set(topics) - set(TOPICS) or (goal is not None and not _is_id(goal)):
        return None
    return Asked(topics, goal, given.get("since", ""))


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
