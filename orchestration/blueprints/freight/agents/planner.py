"""The planner: turns an order book into tasks, and mends the plan when the world or the reviewer
objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.reviewer import REVIEW_KEY
from orchestration.blueprints.freight.domain import planning, replanning
from orchestration.blueprints.freight.domain.closures import BOARD_KEY, Closures
from orchestration.blueprints.freight.domain.orders import order_from
from orchestration.blueprints.freight.domain.planning import PLAN_KEY, Plan, Shipment, Spec
from orchestration.blueprints.freight.domain.replanning import Redo
from orchestration.blueprints.freight.domain.trade import other_suppliers
from orchestration.errors import Conflict
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


MOST_TRIES = 5
"""How often a plan is mended anew because another planner was faster."""


@handler("freight.planner", version=1, capabilities=["freight.planning"])
def plan_freight(task: TaskContext) -> dict[str, Any]:
    """Open a plan for the orders given, or answer a change with a plan that redoes only what it
    touches.
    """
    if "replan" in task.input:
        return _replan(task, task.input["replan"])
    return _open(task)


def _open(task: TaskContext) -> dict[str, Any]:
    closures = Closures.from_json(task.read(BOARD_KEY).value)
    paths = {order["id"]: _path(task, order, closures) for order in task.input["orders"]}
    plan = planning.first_plan(task.input, paths)
    specs = planning.shared_specs(plan)
    for shipment in plan["shipments"].values():
        if shipment["dropped"]:
            specs += planning.farewell_specs(plan, shipment)
        else:
            specs += planning.stage_specs(plan, shipment, "clear")
    task.post(PLAN_KEY, plan, expects=0)
    _add(task, specs)
    return {"revision": 1, "shipments": len(paths), "tasks": len(specs)}


def _replan(task: TaskContext, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Mend the plan; when another planner was faster, look at its plan and mend that."""
    for _ in range(MOST_TRIES - 1):
        try:
            return _mend_plan(task, asked)
        except Conflict:
            continue
    return _mend_plan(task, asked)


def _mend_plan(task: TaskContext, asked: Mapping[str, Any]) -> dict[str, Any]:
    board = task.read(PLAN_KEY)
    if board.value is None:  # the first plan is still being made, and its tasks look for closures
        return {"revision": 0, "redone": [], "dropped": [], "tasks": 0}
    plan: Plan = board.value
    change = _change(task, plan, asked)
    if not change.redo and not change.dropped:
        return {"revision": plan["revision"], "redone": [], "dropped": [], "tasks": 0}
    plan["revision"] += 1
    specs = _mend(task, plan, change)
    for shipment, reason in change.dropped.items():
        planning.drop(plan["shipments"][shipment], reason)
        specs += _farewell(task, plan, shipment)
    specs[0]["replaces"] += change.dead
    task.post(PLAN_KEY, plan, expects=board.version)
    _add(task, specs)
    return {
        "revision": plan["revision"],
        "redone": [
            {"shipment": one.shipment, "from": one.first, "why": one.note} for one in change.redo
        ],
        "dropped": [name for name, one in plan["shipments"].items() if one["dropped"]],
        "tasks": len(specs),
    }


@dataclass(frozen=True)
class _Change:
    """What a new plan does: shipments to redo, those to drop and why, shared tasks that died."""

    closures: Closures
    redo: list[Redo]
    dropped: dict[str, str]
    dead: list[str]


def _change(task: TaskContext, plan: Plan, asked: Mapping[str, Any]) -> _Change:
    closures = Closures.from_json(task.read(BOARD_KEY).value)
    done = asked.get("done", {})
    if asked.get("failed"):
        redo, dropped = replanning.unfinished(plan, done)
        for one in redo:
            plan["shipments"][one.shipment]["retried"] = True
        return _Change(closures, redo, dropped, replanning.forget_unfinished(plan, done))
    if asked.get("critique"):
        return _Change(closures, *_answer_review(task, plan), [])
    cancelled = [one["key"] for one in asked.get("cancelled", ())]
    redo = replanning.touched_by_closures(plan, closures, done=done, cancelled=cancelled)
    return _Change(closures, redo, {}, [])


def _answer_review(task: TaskContext, plan: Plan) -> tuple[list[Redo], dict[str, str]]:
    """A remedy for each of the reviewer's problems, or the reason to drop its shipment."""
    redo: list[Redo] = []
    dropped: dict[str, str] = {}
    review = task.read(REVIEW_KEY).value or {}
    if review.get("revision") != plan["revision"]:  # it judged an older plan
        return redo, dropped
    for problem in review["problems"]:
        shipment = plan["shipments"].get(problem["order"])
        if shipment is None:
            continue
        answer = replanning.answer_to(problem, shipment)
        if isinstance(answer, Redo) and answer.first == "clear" and not _resource(task, shipment):
            answer = f"{problem['message']}; no other supplier's goods would pass"
        if isinstance(answer, Redo):
            shipment["prefer"] = replanning.preference_after(answer.cause, shipment["prefer"])
            redo.append(answer)
        else:
            dropped[problem["order"]] = answer
    return redo, dropped


def _resource(task: TaskContext, shipment: Shipment) -> bool:
    """Buy the order from the first other supplier whose goods customs would clear, if there is
    one.
    """
    order = shipment["order"]
    tried = frozenset({*order["tried"], order["supplier"]})
    for supplier in other_suppliers(order["commodity"], tried):
        candidate = order_from(order, supplier.code)
        if task.ask("customs.clearance", {"order": candidate})["cleared"]:
            shipment["order"] = candidate
            return True
    return False


def _mend(task: TaskContext, plan: Plan, change: _Change) -> list[Spec]:
    """Give each redone shipment an open path and then its tasks, or drop it for want of a path."""
    closures, redo = change.closures, change.redo
    for one in redo:
        shipment = plan["shipments"][one.shipment]
        if one.first in ("clear", "route"):
            shipment["path"] = _path(task, shipment["order"], closures)
            if not shipment["path"]:
                planning.drop(shipment, f"no open way leads there ({one.note})")
    specs = planning.shared_specs(plan)
    for one in redo:
        shipment = plan["shipments"][one.shipment]
        if shipment["dropped"]:
            specs += _farewell(task, plan, one.shipment)
            continue
        extra: dict[str, Any] = {"replaces": _replaced(task, one.shipment)}
        if one.cause in ("closure", "closed"):
            extra["avoided"] = sorted(closures.ports | closures.passages)
        specs += planning.stage_specs(plan, shipment, one.first, extra)
    return specs


def _replaced(task: TaskContext, shipment: str) -> dict[str, Any]:
    """What a shipment already has: its booking and payment, as the blackboard knows them."""
    booking = task.read(f"bookings/{shipment}").value or {}
    payment = task.read(f"payments/{shipment}").value or {}
    return {
        "booking": booking.get("booking"),
        "paid_booking": payment.get("booking"),
        "payment": payment,
    }


def _farewell(task: TaskContext, plan: Plan, name: str) -> list[Spec]:
    shipment = plan["shipments"][name]
    booking = (task.read(f"bookings/{name}").value or {}).get("booking")
    return planning.farewell_specs(plan, shipment, booking)


def _path(task: TaskContext, order: Mapping[str, Any], closures: Closures) -> list[str]:
    """Ports and passages of the first route there is; empty when there is none."""
    found = task.call(
        "routes.search",
        origin=order["origin"],
        destination=order["destination"],
        ready_day=order["ready_day"],
        closed=closures.to_json(),
    )["routes"]
    return planning.path_of(found[0]) if found else []


def _add(task: TaskContext, specs: list[Spec]) -> None:
    from orchestration.operations.planning import TaskSpec

    task.add([TaskSpec(**spec) for spec in specs])
