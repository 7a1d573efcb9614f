"""Agents and tools of the benches; a Celery worker imports this module with `--include`."""

from __future__ import annotations

from typing import Any

from orchestration.runtime.context import TaskContext
from orchestration.runtime.handlers import handler
from orchestration.tools.contract import ToolCall, tool

PAY = "bench.pay"
LOOK = "bench.look"
ANY: dict[str, Any] = {"type": "object"}


@tool(PAY, title="Pay", effect="irreversible", idempotent=True, arguments=ANY, result={})
def pay(call: ToolCall) -> dict[str, Any]:
    """Do nothing, which is enough to be approved."""
    return {"paid": call.arguments["number"]}


@tool(LOOK, title="Look", effect="read", idempotent=True, arguments=ANY, result={})
def look(call: ToolCall) -> dict[str, Any]:
    """Read nothing."""
    return {"seen": call.arguments["number"]}


@handler("bench.payer", version=1, capabilities=["bench.paying"])
def payer(task: TaskContext) -> dict[str, Any]:
    """One payment, which waits for a person."""
    return {"paid": task.call(PAY, number=task.key)}


@handler("bench.poster", version=1, capabilities=["bench.posting"])
def poster(task: TaskContext) -> dict[str, Any]:
    """So many values on the blackboard."""
    steps = int(task.input["steps"])
    for number in range(steps):
        task.post(f"{task.key}/{number % 50}", {"number": number})
    return {"posted": steps}


@handler("bench.looker", version=1, capabilities=["bench.looking"])
def looker(task: TaskContext) -> dict[str, Any]:
    """So many calls of a tool."""
    steps = int(task.input["steps"])
    for number in range(steps):
        task.call(LOOK, number=number)
    return {"looked": steps}
