"""What of a goal's decision flow a page does not have yet."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import Http404

from console.queries.flows import live_flow
from orchestration.models import Person

PARTS = ("lanes", "nodes", "edges")


class FlowMemory:
    """Remembers what one page was sent of one goal, as digests."""

    def __init__(self, goal: str) -> None:
        self._goal = goal
        self._sent: dict[tuple[str, ...], int] = {}
        self._earlier = 0

    def difference(self, person: Person) -> dict[str, Any]:
        """The flow as it is now without what was sent before; empty when it may not be seen."""
        try:
            flow = live_flow(person, self._goal)
        except Http404:
            return {}
        if flow["earlier"] != self._earlier:
            # a long flow is now drawn from a later step on: the page begins anew
            self._earlier, self._sent = flow["earlier"], {}
        return {**flow, **{part: self._new(part, flow[part]) for part in PARTS}}

    def _new(self, part: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        now = {_key(part, item): hash(orjson.dumps(item)) for item in items}
        new = [item for item in items if self._sent.get(_key(part, item)) != now[_key(part, item)]]
        self._sent |= now
        return new


def _key(part: str, item: dict[str, Any]) -> tuple[str, ...]:
    return (part, *(str(item.get(name, "")) for name in ("id", "from", "to")))
