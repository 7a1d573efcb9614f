"""What a new plan redoes: after a closure the shipments it touches, after a critique those it
names. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.blueprints.freight.domain.closures import Closures
from orchestration.blueprints.freight.domain.planning import (
    Plan,
    Shipment,
    earliest,
    path_of,
)

Problem = Mapping[str, Any]
"""A fault the evaluator found: `order`, `code`, `message`."""


@dataclass(frozen=True)
class Redo:
    """One shipment to be planned again from a stage on.

    Attributes:
        first: the first stage redone.
        cause: `closure`, `cancelled`, or the code of the evaluator's problem.
        note: a sentence for people.
    """

    shipment: str
    first: str
    cause: str
    note: str


def touched_by_closures(
    plan: Plan,
    closures: Closures,
    *,
    done: Mapping[str, Any],
    cancelled: Iterable[str],
) -> list[Redo]:
    """Shipments that lost tasks to a change, and finished ones whose way is now closed.

    `done` maps task keys to results, `cancelled` are task keys. A shipment still under way that
    lost nothing goes on; should its way be closed after all, the reviewer finds it.
    """
    gone = set(cancelled)
    found = []
    for shipment, planned in plan["shipments"].items():
        lost = [stage for stage, key in planned["keys"].items() if key in gone]
        shut = closures.touching(_way(planned, done, finished=not lost))
        if planned["dropped"] or not (lost or shut):
            continue
        if shut:
            first = earliest(["route", *lost])
            found.append(Redo(shipment, first, "closure", f"{', '.join(shut)} closed"))
        else:
            found.append(Redo(shipment, earliest(lost), "cancelled", "its tasks were cancelled"))
    return found


def _way(planned: Shipment, done: Mapping[str, Any], *, finished: bool) -> list[str]:
    """Ports and passages of the route a shipment has; of a finished one, of the route it paid."""
    stage = "pay" if finished else "route"
    result = done.get(planned["keys"].get(stage, ""))
    route = result.get("route") if isinstance(result, Mapping) else None
    if route:
        return path_of(route)
    return [] if finished else planned["path"]


def unfinished(plan: Plan, done: Mapping[str, Any]) -> tuple[list[Redo], dict[str, str]]:
    """After failures, with nothing under way any more: what is tried once again, and what is not.

    Returns the shipments to redo, and the reasons of those to drop because they failed before. A
    customer who could not be told stays untold for a person to see.
    """
    redo, dropped = [], {}
    for shipment, planned in plan["shipments"].items():
        lost = [stage for stage, key in planned["keys"].items() if key not in done]
        if planned["dropped"] or not lost:
            continue
        first = earliest(lost)
        if not planned["retried"]:
            redo.append(Redo(shipment, first, "failed", f"{planned['keys'][first]} failed"))
        elif first != "tell":
            dropped[shipment] = f"{planned['keys'][first]} failed again"
    return redo, dropped


def forget_unfinished(plan: Plan, done: Mapping[str, Any]) -> list[str]:
    """Take shared tasks without a result out of the plan, so that they are planned anew.

    Returns their keys.
    """
    dead = set()
    for tasks in (plan["supply"], plan["stock"]):
        for name in [name for name, key in tasks.items() if key not in done]:
            dead.add(tasks.pop(name))
    forecasts = {key.replace("stock-", "forecast-", 1) for key in dead if key.startswith("stock-")}
    return sorted(dead | (forecasts - done.keys()))


_FIRST_STAGE = {
    "refused": "clear",
    "no-deal": "clear",
    "closed": "route",
    "late": "route",
    "over-ceiling": "route",
    "over-budget": "route",
}
_PREFER = {"late": "fastest", "over-ceiling": "cheapest", "over-budget": "cheapest"}


def answer_to(problem: Problem, planned: Shipment) -> Redo | str:
    """What the next plan does about a problem: redo a shipment from a stage, or the reason to drop
    it.

    A remedy that was tried before is not tried again, so that rounds converge.
    """
    code, shipment = problem["code"], problem["order"]
    first = _FIRST_STAGE.get(code)
    if first is None or planned["prefer"] == _PREFER.get(code):
        return str(problem["message"])
    return Redo(shipment, first, code, str(problem["message"]))


def preference_after(cause: str, before: str) -> str:
    """How the route is chosen after a problem."""
    return _PREFER.get(cause, before)
