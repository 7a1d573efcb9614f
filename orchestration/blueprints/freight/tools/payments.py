"""The tool that pays carriers. It is declared as not idempotent: a call repeated is money paid
twice.

So a payment whose answer was lost is never repeated by the runtime but shown to a person.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from orchestration.blueprints.freight.tools import schemas as s
from orchestration.blueprints.freight.tools.invocations import append_line, traced
from orchestration.tools.contract import ToolCall, tool

LEDGER_FILE = "payments.jsonl"
MOST_PAID_MINOR = 10_000_000_00


@tool(
    "payments.transfer",
    title="Pay a carrier",
    effect="irreversible",
    idempotent=False,
    arguments=s.shape(
        {
            "amount_minor": s.whole("Amount in minor units of the currency", 1, MOST_PAID_MINOR),
            "currency": s.one_of(["USD"], "ISO 4217 code"),
            "payee": s.text("Carrier to be paid", 120),
            "reference": s.text("What the payment is for", 140),
        }
    ),
    result=s.shape({"receipt": s.text("Receipt number"), "amount_minor": s.money("Amount paid")}),
)
@traced("payments.transfer")
def transfer(call: ToolCall) -> dict[str, Any]:
    """Append the payment to the local ledger of payments; every call pays."""
    receipt = f"PAY-{uuid4().hex[:12]}"
    line = {**call.arguments, "receipt": receipt, "key": call.idempotency_key, "goal": call.goal}
    append_line(call.folder / LEDGER_FILE, line, durable=True)
    return {"receipt": receipt, "amount_minor": call.arguments["amount_minor"]}
