"""The evidence of a finding as a picture: lanes of agents, what they did as cards, edges. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CARD_W, CARD_H = 158, 44
GAP = 46
LANE_H = 104
HEAD_H = 40
LEFT = 16
TOP = 28
MOST = 24
LONGEST = 21

WAITING = frozenset({"waits", "held by"})
SAID = {"waits": "waits for"}

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """What the page knows beyond the evidence: names of agents, and where cards lead.

    `link` and `look` are given a node and return an address (or empty) and a tone with an icon.
    """

    names: Mapping[str, str]
    link: Callable[[Node], str]
    look: Callable[[Node], tuple[str, str]]
    label: Callable[[Node], str]


def picture(
    nodes: Sequence[Node], edges: Sequence[Mapping[str, Any]], known: Known, victim: str = ""
) -> dict[str, Any]:
    """Lanes, cards and edges with their places, and how large the picture is.

    Cards stand in the order of their moments, so that nothing overlaps; a resource stands in the
    lane of who holds it. `victim` is the card that the suggested response would end.
    """
    shown = sorted(nodes, key=lambda node: (node["at"], str(node["id"])))[:MOST]
    lanes = list(dict.fromkeys(str(node["agent"]) for node in shown))
    places = {
        str(node["id"]): (
            LEFT + column * (CARD_W + GAP),
            TOP + lanes.index(str(node["agent"])) * LANE_H + HEAD_H,
        )
        for column, node in enumerate(shown)
    }
    width = LEFT * 2 + len(shown) * (CARD_W + GAP) - GAP
    height = TOP + len(lanes) * LANE_H + 8
    return {
        "width": max(width, 420),
        "height": height,
        "lanes": [_lane(number, key, known) for number, key in enumerate(lanes)],
        "cards": [_card(node, places[str(node["id"])], known, victim) for node in shown],
        "edges": _edges(edges, places, _sayings(shown, known)),
        "moments": _moments(shown, places),
        "left_out": len(nodes) - len(shown),
    }


def _lane(number: int, key: str, known: Known) -> dict[str, Any]:
    return {
        "name": known.names.get(key, "An agent of another unit" if key else "Without an agent"),
        "y": TOP + number * LANE_H,
        "text_y": TOP + number * LANE_H + 16,
        "odd": number % 2 == 0,
        "height": LANE_H,
    }


def _card(node: Node, place: tuple[int, int], known: Known, victim: str) -> dict[str, Any]:
    x, y = place
    tone, icon = known.look(node)
    label = known.label(node)
    return {
        "x": x,
        "y": y,
        "w": CARD_W,
        "h": CARD_H,
        "title": label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…",
        "whole": label,
        "kind": str(node["kind"]),
        "tone": tone,
        "icon": icon,
        "url": known.link(node),
        "victim": bool(victim) and str(node["id"]) == victim,
        "icon_x": x + 9,
        "icon_y": y + 8,
        "text_x": x + 30,
        "text_y": y + 19,
        "kind_y": y + 35,
    }


def _moments(shown: Sequence[Node], places: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """A moment above each card, left out where it would be the one before."""
    found: list[dict[str, Any]] = []
    last = None
    for node in shown:
        second = int(node["at"]) // 1000
        if node["at"] and second != last:
            text = f"{datetime.fromtimestamp(second, UTC):%H:%M:%S}"
            found.append({"x": places[str(node["id"])][0], "text": text})
            last = second
    return found


def _sayings(shown: Sequence[Node], known: Known) -> dict[str, str]:
    """How each piece of evidence is called in a sentence: its agent, or what it is."""
    return {
        str(node["id"]): known.names.get(str(node["agent"]), "") or known.label(node)
        if node["kind"] != "resource"
        else known.label(node)
        for node in shown
    }


def _edges(
    edges: Sequence[Mapping[str, Any]],
    places: Mapping[str, tuple[int, int]],
    said: Mapping[str, str],
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for edge in edges:
        here, there = places.get(str(edge["source"])), places.get(str(edge["target"]))
        if here is None or there is None:
            continue
        path, middle = _path(here, there)
        found.append(
            {
                "d": path,
                "kind": SAID.get(str(edge["kind"]), str(edge["kind"])),
                "waits": edge["kind"] in WAITING,
                "from": said[str(edge["source"])],
                "to": said[str(edge["target"])],
                "number": len(found) + 1,
                "x": middle[0],
                "y": middle[1],
            }
        )
    return found


def _path(here: tuple[int, int], there: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """From the side of one card to the next; back to an earlier one above everything between."""
    (x1, y1), (x2, y2) = here, there
    if x2 > x1:
        begin, end = (x1 + CARD_W, y1 + CARD_H // 2), (x2, y2 + CARD_H // 2)
        middle = (begin[0] + end[0]) // 2
        bend = f"C{middle} {begin[1]} {middle} {end[1]} {end[0] - 5} {end[1]}"
        return f"M{begin[0]} {begin[1]}{bend}", (middle, (begin[1] + end[1]) // 2)
    over = min(y1, y2) - 11
    begin, end = (x1 + CARD_W // 2, y1), (x2 + CARD_W // 2, y2)
    way = f"M{begin[0]} {begin[1]}V{over}H{end[0]}V{end[1] - 5}"
    return way, ((begin[0] + end[0]) // 2, over)
