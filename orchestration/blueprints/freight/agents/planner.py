"""The planner: turns an order book into tasks, and mends the plan when the world or the reviewer
objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.reviewer import REVIEW_KEY
from orchestration.blueprints.freight.domain import planning, replanning
from orchestration.blueprints.freight.domain.closures import BOARD_KEY, Closures
from orchestration.blueprints.freight.domain.orders import order_from
from orchestration.blueprints.freight.domain.planning import PLAN_KEY, Plan, Shipment, Spec
from orchestration.blueprints.freight.domain.replanning import Redo
from orchestration.blueprints.freight.domain.trade import other_suppliers
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext


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
    board = task.read(PLAN_KEY)
    plan: Plan = board.value
    closures = Closures.from_json(task.read(BOARD_KEY).value)
    redo = replanning.touched_by_closures(
        plan,
        closures,
        done=asked.get("done", {}),
        cancelled=[one["key"] for one in asked.get("cancelled", ())],
    )
    dropped: list[str] = []
    if asked.get("critique"):
        redo, dropped = _answer_review(task, plan, redo)
    if not redo and not dropped:
        return {"revision": plan["revision"], "redone": [], "dropped": [], "tasks": 0}
    plan["revision"] += 1
    specs = _mend(task, plan, closures, redo)
    specs += [spec for shipment in dropped for spec in _farewell(task, plan, shipment)]
    task.post(PLAN_KEY, plan, expects=board.version)
    _add(task, specs)
    return {
        "revision": plan["revision"],
        "redone": [{"shipment": one.shipment, "from": one.first, "why": one.note} for one in redo],
        "dropped": [name for name, one in plan["shipments"].items() if one["dropped"]],
        "tasks": len(specs),
    }


def _answer_review(task: TaskContext, plan: Plan, redo: list[Redo]) -> tuple[list[Redo], list[str]]:
    """Join remedies for the reviewer's problems to what is redone anyway; and what is dropped."""
    found, dropped = {one.shipment: one for one in redo}, []
    for problem in (task.read(REVIEW_KEY).value or {}).get("problems", ()):
        name = problem["order"]
        if not name or name in found:
            continue
        shipment = plan["shipments"][name]
        answer = replanning.answer_to(problem, shipment)
        if isinstance(answer, Redo) and answer.first == "clear" and not _resource(task, shipment):
            answer = f"{problem['message']}; no other supplier's goods would pass"
        if isinstance(answer, Redo):
            shipment["prefer"] = replanning.preference_after(answer.cause, shipment["prefer"])
            found[name] = answer
        else:
            planning.drop(shipment, answer)
            dropped.append(name)
    return list(found.values()), dropped


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


def _mend(task: TaskContext, plan: Plan, closures: Closures, redo: list[Redo]) -> list[Spec]:
    """Give each redone shipment a path that is open, then its tasks; drop it when there is no
    path.
    """
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
