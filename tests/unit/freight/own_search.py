"""A search of our own over the raw marine network, to compare routes with."""

from __future__ import annotations

import heapq
from functools import cache

from searoute.data.marnet_dict import edge_list, node_list

from orchestration.blueprints.freight.domain.ports import PORTS


@cache
def nearest_node(locode: str) -> tuple[float, float]:
    """The network's node nearest in degrees, by looking at all of them."""
    port = PORTS[locode]
    return min(node_list, key=lambda node: (node[0] - port.lon) ** 2 + (node[1] - port.lat) ** 2)


def our_distance(origin: str, destination: str, closed: frozenset[str]) -> float | None:
    """Plain Dijkstra over the raw edges."""
    start, end = nearest_node(origin), nearest_node(destination)
    best, queue = {start: 0.0}, [(0.0, start)]
    while queue:
        length, node = heapq.heappop(queue)
        if node == end:
            return length
        if length > best[node]:
            continue
        for other, edge in edge_list[node].items():
            if edge.get("passage") in closed | {"northwest"}:
                continue
            longer = length + edge["weight"]
            if longer < best.get(other, float("inf")):
                best[other] = longer
                heapq.heappush(queue, (longer, other))
    return None
