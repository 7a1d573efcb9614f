"""The plan reviewer: judges what was carried out, and writes the faults where the planner finds
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.domain.closures import BOARD_KEY, Closures
from orchestration.blueprints.freight.domain.judging import Limits, Verdict, judge
from orchestration.blueprints.freight.domain.planning import PLAN_KEY
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext

REVIEW_KEY = "review/latest"
SERVICE_SHARE_PERCENT = 70


@handler("freight.reviewer", version=1, capabilities=["freight.evaluation"])
def review(task: TaskContext) -> dict[str, Any]:
    """Accept a plan that keeps budget, deadlines, customs and closures; otherwise say what
    breaks them.
    """
    plan = task.read(PLAN_KEY).value
    closures = Closures.from_json(task.read(BOARD_KEY).value)
    given = task.input.get("constraints") or {}
    limits = Limits(
        budget_minor=given.get("budget_minor", plan["budget_minor"]),
        service_share_percent=given.get("service_share_percent", SERVICE_SHARE_PERCENT),
    )
    verdict = judge(plan, task.input["results"], limits, closures)
    task.post(REVIEW_KEY, {"revision": plan["revision"], "problems": verdict.problems})
    return {
        "accepted": verdict.accepted,
        "score": verdict.score,
        "critique": [one["message"] for one in verdict.problems],
        "touch": verdict.touch,
        "outcome": _outcome(verdict, plan["revision"], closures),
    }


def _outcome(verdict: Verdict, revision: int, closures: Closures) -> dict[str, Any]:
    return {
        "plan": verdict.rows,
        "totals": verdict.totals,
        "revision": revision,
        "closures": closures.to_json(),
    }
