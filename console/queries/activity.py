"""What agents did lately, in figures: for the rows of agents on the overview and in their list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.urls import reverse

from console.presenters import charts
from orchestration.access.rows import agents_for
from orchestration.models import Agent, Budget, Person, Step
from orchestration.vocabulary import Act

SLOTS = 20
SLOT_MINUTES = 3
HOUR_MINUTES = 60

# One scan of the last hour of these agents' steps; journal values are no acts and are left out.
LAST_HOUR = """
select agent_id,
  width_bucket(extract(epoch from %(now)s - decided_at), 0, 3600, 20) as slots_ago,
  count(*), count(*) filter (where effect = 'deny')
from orchestration_step
where agent_id = any(%(agents)s) and decided_at > %(now)s - interval '1 hour'
  and act <> 'journal.value'
group by 1, 2
"""
P95 = """
select agent_id, percentile_cont(0.95) within group
  (order by extract(epoch from finished_at - decided_at) * 1000)
from orchestration_step
where agent_id = any(%(agents)s) and decided_at > %(now)s - interval '1 hour'
  and state = 'done' and act <> 'journal.value'
group by 1
"""


@dataclass
class Hour:
    """Steps of one agent in the last hour by slot of three minutes, oldest first."""

    slots: list[int]
    denied: int = 0

    @property
    def steps(self) -> int:
        """All steps of the hour."""
        return sum(self.slots)


def agent_rows(person: Person, agents: Sequence[Agent], now: datetime) -> list[dict[str, Any]]:
    """Rows for agents/row.html, in the order given, in five queries however many there are.

    Agents that the person may not see are left out.
    """
    keys = [agent.pk for agent in agents]
    said = {"agents": keys, "now": now}
    hours = _hours(said)
    latency = _latency(said)
    last = _last_acts(person, keys)
    budgets = _budgets(keys)
    return [
        _row(agent, hours.get(agent.pk, Hour([0] * SLOTS)), latency.get(agent.pk))
        | {"last_act": last[agent.pk]}
        | budgets.get(str(agent.pk), {"budget_used": 0, "budget_limit": None})
        for agent in agents
        if agent.pk in last
    ]


def _row(agent: Agent, hour: Hour, p95_ms: float | None) -> dict[str, Any]:
    return {
        "id": str(agent.pk),
        "slug": agent.slug,
        "name": agent.name,
        "url": reverse("agent", args=[agent.slug]),
        "state": agent.state,
        "spark": [slot / SLOT_MINUTES for slot in hour.slots] if hour.steps else [],
        "per_minute": round(hour.steps / HOUR_MINUTES, 1),
        "denied_share": 100 * charts.share(hour.denied, hour.steps),
        "p95_ms": p95_ms,
    }


def _hours(said: dict[str, Any]) -> dict[UUID, Hour]:
    found: dict[UUID, Hour] = {}
    with connection.cursor() as cursor:
        cursor.execute(LAST_HOUR, said)
        for agent, slots_ago, steps, denied in cursor.fetchall():
            hour = found.setdefault(agent, Hour([0] * SLOTS))
            hour.slots[SLOTS - min(max(slots_ago, 1), SLOTS)] += steps
            hour.denied += denied
    return found


def _latency(said: dict[str, Any]) -> dict[UUID, float]:
    with connection.cursor() as cursor:
        cursor.execute(P95, said)
        return dict(cursor.fetchall())


def _last_acts(person: Person, keys: Sequence[UUID]) -> dict[UUID, str]:
    """What each agent that the person may see asked for last."""
    steps = Step.objects.filter(agent=OuterRef("pk")).exclude(act=Act.JOURNAL_VALUE)
    latest = Subquery(steps.order_by("-decided_at").values("target")[:1])
    found = agents_for(person).filter(pk__in=keys).annotate(last=latest)
    return {key: last or "" for key, last in found.values_list("pk", "last")}


def _budgets(keys: Sequence[UUID]) -> dict[str, dict[str, int]]:
    """Money spent and leased of the agents that have a budget of their own."""
    own = Budget.objects.filter(
        owner_kind="agent", owner_id__in=[str(key) for key in keys], measure="money"
    )
    return {
        one.owner_id: {"budget_used": one.spent + one.leased, "budget_limit": one.cap}
        for one in own
    }
