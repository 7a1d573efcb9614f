"""What customers are told, in words that follow from the outcome of their shipment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.blueprints.freight.domain.closures import label_of
from orchestration.blueprints.freight.domain.trade import CUSTOMERS


def booked(
    order: Mapping[str, Any], route: Mapping[str, Any], avoided: list[str]
) -> dict[str, str]:
    """The letter for a shipment that travels; `avoided` are closed places it now goes around."""
    lines = [
        f"your {order['teu']} TEU of {order['commodity']} are booked "
        f"from {label_of(route['load'])} to {label_of(route['discharge'])}.",
        f"Sailing on day {route['departs_day']}, {route['sea_km']:,} km, "
        f"with you by day {route['arrives_day']}.",
    ]
    if avoided:
        closed = " and ".join(label_of(code) for code in avoided)
        lines.append(f"{closed} being closed, this replaces what we told you before.")
    return _letter(order, f"Shipment {order['id']}: with you by day {route['arrives_day']}", lines)


def not_shipped(order: Mapping[str, Any], reason: str) -> dict[str, str]:
    """The letter for a shipment that will not travel, with the reason."""
    lines = [
        f"we can't ship your {order['teu']} TEU of {order['commodity']}: {reason}.",
        "Nothing has been charged to you. Please tell us whether to look for another source.",
    ]
    return _letter(order, f"Shipment {order['id']} will not travel", lines)


def _letter(order: Mapping[str, Any], subject: str, lines: list[str]) -> dict[str, str]:
    buyer = CUSTOMERS[order["customer"]]
    body = "\n\n".join([f"Dear {buyer.contact},", *lines, "Freight desk"])
    return {"to": buyer.email, "subject": subject, "body": body}
