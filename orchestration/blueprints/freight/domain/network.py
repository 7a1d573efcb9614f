"""The shortest way by sea between two ports over the marine network of the `searoute` package.

The network is loaded once a worker, without the package's port list. An edge through a closed
passage does not exist; the Northwest Passage never does, since container ships don't sail it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from threading import Lock
from typing import Any

from orchestration.blueprints.freight.domain.ports import PORTS

NEVER_SAILED = "northwest"
_reading = Lock()


@dataclass(frozen=True)
class SeaWay:
    """A way by sea.

    Attributes:
        km: length of its edges in the network, whole km.
        passages: names of the passages it goes through, sorted.
        points: (lon, lat) of its nodes, from the origin to the destination.
    """

    km: int
    passages: tuple[str, ...]
    points: tuple[tuple[float, float], ...]


@lru_cache(maxsize=4096)
def shortest_way(origin: str, destination: str, closed: frozenset[str]) -> SeaWay | None:
    """The shortest way between two ports (UN/LOCODEs) that avoids the closed passages.

    The search is the package's bidirectional Dijkstra. None when no way is left.
    """
    network = _network()
    ends = [(PORTS[code].lon, PORTS[code].lat) for code in (origin, destination)]
    with _reading:
        network.restrictions = [NEVER_SAILED, *sorted(closed)]
        length, nodes = network.shortest_path(*ends)
    if nodes is None or length == float("inf"):
        return None
    passed = {network[one][two].get("passage") for one, two in pairwise(nodes)}
    return SeaWay(round(length), tuple(sorted(passed & _NAMED)), tuple(nodes))


_NAMED = frozenset(
    (
        "babalmandab", "bering", "bosporus", "chili", "gibraltar", "malacca",
        "ormuz", "panama", "south_africa", "suez", "sunda",
    )
)  # fmt: skip


@cache
def _network() -> Any:
    from searoute.classes.marnet import Marnet
    from searoute.data.marnet_dict import edge_list, node_list
    from searoute.utils import from_nodes_edges_set

    return from_nodes_edges_set(Marnet(), node_list, edge_list)
