"""The treasurer: pays carriers, and adapts when people decline a payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.needed import result_of
from orchestration.blueprints.freight.domain.choosing import Priced, cheaper_than
from orchestration.blueprints.freight.domain.costs import CHANGE_FEE_MINOR_PER_TEU
from orchestration.errors import Denied
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


@dataclass(frozen=True)
class _Bill:
    """What is paid for one shipment: the route in full, and a fee when it replaces one already
    paid.
    """

    order: Mapping[str, Any]
    route: Priced
    booking: str
    carrier: str
    fee_minor: int

    @property
    def amount_minor(self) -> int:
        return int(self.route["cost"]["payable_minor"]) + self.fee_minor

    @property
    def reference(self) -> str:
        purpose = "Rebooking" if self.fee_minor else "Freight"
        return f"{purpose} {self.order['id']} {self.booking}"


@handler("freight.treasurer", version=1, capabilities=["freight.payment"])
def pay(task: TaskContext) -> dict[str, Any]:
    """Pay the carrier of a booked shipment; when that is declined, try the cheapest other route in
    time once.

    The result's `state` is `paid`, `declined` (with the reasons given) or `unbooked`.
    """
    order, booked = task.input["order"], result_of("book", task.results)
    routed = result_of("route", task.results)
    if not booked.get("booking"):
        return {
            "state": "unbooked",
            "problem": booked.get("problem", "no-way"),
            "reason": booked.get("reason", "nothing is booked"),
        }
    before = task.input.get("replaces", {})
    if before.get("paid_booking") == booked["booking"]:
        return dict(before["payment"])
    fee = order["teu"] * CHANGE_FEE_MINOR_PER_TEU if before.get("paid_booking") else 0
    bill = _Bill(order, routed["route"], booked["booking"], booked["carrier"], fee)
    try:
        return _paid(task, bill)
    except Denied as refused:
        return _adapted(task, bill, routed.get("alternatives", []), refused.reasons)


def _paid(task: TaskContext, bill: _Bill) -> dict[str, Any]:
    receipt = task.call(
        "payments.transfer",
        amount_minor=bill.amount_minor,
        currency="USD",
        payee=bill.carrier,
        reference=bill.reference,
    )
    payment = {
        "state": "paid",
        "reason": "",
        "paid_minor": bill.amount_minor,
        "change_fee_minor": bill.fee_minor,
        "receipt": receipt.get("receipt", "") if isinstance(receipt, dict) else "",
        "booking": bill.booking,
        "route": dict(bill.route),
    }
    task.post(f"payments/{bill.order['id']}", payment)
    return payment


def _adapted(
    task: TaskContext, bill: _Bill, alternatives: list[Priced], reasons: list[str]
) -> dict[str, Any]:
    said = "; ".join(reasons) or "no reason given"
    cheaper = cheaper_than(
        alternatives, bill.route["cost"]["payable_minor"], bill.order["deadline_day"]
    )
    if cheaper is None:
        return _given_up(
            task, bill, f"the payment was declined ({said}); no cheaper way is in time"
        )
    reserved = task.call(
        "bookings.reserve",
        shipment=bill.order["id"],
        teu=bill.order["teu"],
        route=cheaper,
    )
    task.call("bookings.cancel", booking=bill.booking, reason="payment declined")
    task.post(f"bookings/{bill.order['id']}", reserved)
    second = _Bill(bill.order, cheaper, reserved["booking"], reserved["carrier"], bill.fee_minor)
    try:
        return {
            **_paid(task, second),
            "reason": f"a cheaper route after a declined payment ({said})",
        }
    except Denied as again:
        declined = "; ".join(again.reasons) or said
        return _given_up(
            task, second, f"the payment of a cheaper route was declined too ({declined})"
        )


def _given_up(task: TaskContext, bill: _Bill, reason: str) -> dict[str, Any]:
    task.call("bookings.cancel", booking=bill.booking, reason="payment declined")
    task.post(f"bookings/{bill.order['id']}", None)
    return {"state": "declined", "problem": "declined", "reason": reason}
