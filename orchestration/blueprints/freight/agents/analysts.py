"""The demand forecaster and the warehouse controller."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from orchestration.blueprints.freight.agents.needed import result_of
from orchestration.blueprints.freight.domain.forecasting import forecast
from orchestration.runtime.handlers import handler

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext

LEAD_WEEKS = 6


@handler("freight.demand", version=1, capabilities=["demand.forecasting"])
def forecast_demand(task: TaskContext) -> dict[str, Any]:
    """Forecast a region's weekly demand and say how well the method did on weeks it had not
    seen.
    """
    region = task.input["region"]
    history = task.call("demand.history", region=region, seed=task.input["seed"])
    found = forecast(history["weekly"])
    return {"region": region, **asdict(found), "weekly": list(found.weekly)}


@handler("freight.warehouse", version=1, capabilities=["stock.planning"])
def project_stock(task: TaskContext) -> dict[str, Any]:
    """Say when a region's warehouse runs out and what restores its stock; shared on the
    blackboard.
    """
    region, expected = task.input["region"], result_of("forecast", task.results)
    found = task.call(
        "stock.project",
        region=region,
        seed=task.input["seed"],
        weekly=expected["weekly"],
        spread=expected["spread"],
        lead_weeks=LEAD_WEEKS,
    )
    task.post(f"stock/{region}", found)
    return {"region": region, **found}
