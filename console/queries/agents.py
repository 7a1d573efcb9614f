"""What the pages about agents read: the list with its filters, and one agent as a service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, Q, QuerySet

from console.queries.policies import active_bundle
from orchestration.access.rows import agents_for, steps_for, tasks_for, tools_for
from orchestration.models import Agent, AgentVersion, Budget, Person, Step, Task, Tool
from orchestration.models.base import within
from orchestration.operations.policies import bundle_at
from orchestration.policy.bundle import Bundle as Compiled
from orchestration.policy.scopes import Place, matches
from orchestration.policy.terms import Policy
from orchestration.vocabulary import FINISHED_TASK, Act, TaskState

PAGE = 50
RECENT = 12
MINUTES = 60

# Latencies are those of finished steps; journal values are no acts and are left out.
SERVICE = """
select width_bucket(extract(epoch from %(now)s - decided_at), 0, 3600, 60) as minutes_ago,
  count(*), count(*) filter (where effect = 'deny' or state = 'failed'),
  percentile_cont(0.95) within group (order by extract(epoch from finished_at - decided_at) * 1000)
    filter (where state = 'done'),
  coalesce(sum(cost_minor), 0)
from orchestration_step
where agent_id = %(agent)s and decided_at > %(now)s - interval '1 hour'
  and act <> 'journal.value'
group by 1
"""


@dataclass(frozen=True)
class Minute:
    """What one agent did in one minute; `p95_ms` is None when no step ended."""

    steps: int = 0
    errors: int = 0
    p95_ms: float | None = None
    cost_minor: int = 0


@dataclass(frozen=True)
class Service:
    """One agent with what it may do, what binds it and what it did lately.

    `minutes` are the last sixty, oldest first; `busy` counts unfinished tasks by state.
    """

    agent: Agent
    version: AgentVersion | None
    minutes: list[Minute]
    busy: dict[str, int]
    tasks: list[Task]
    steps: list[Step]
    tools: list[Tool]
    policies: list[Policy]
    versions: list[AgentVersion]
    budgets: list[Budget] = field(default_factory=list)


def listed(person: Person, *, words: str = "", state: str = "", unit: str = "") -> QuerySet[Agent]:
    """Agents that match all that is asked for."""
    found = agents_for(person).select_related("current", "unit")
    for word in words.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(slug__icontains=word)
            | Q(scope__icontains=word)
            | Q(current__capabilities__icontains=word)
        )
    if state:
        found = found.filter(state=state)
    return found.filter(within([unit])) if unit else found


def page_of(found: QuerySet[Agent], number: str | None) -> Page[Agent]:
    """One page of agents."""
    return Paginator(found.order_by("name", "pk"), PAGE).get_page(number)


def service(person: Person, agent: Agent, now: datetime) -> Service:
    """Everything the page of an agent shows."""
    version = agent.current
    tasks = tasks_for(person).filter(agent=agent)
    busy = tasks.exclude(state__in=FINISHED_TASK).order_by().values_list("state")
    steps = steps_for(person).filter(agent=agent).exclude(act=Act.JOURNAL_VALUE)
    return Service(
        agent=agent,
        version=version,
        minutes=_minutes(agent, now),
        busy=dict(busy.annotate(total=Count("pk"))),
        tasks=_latest_tasks(tasks),
        steps=list(steps.order_by("-decided_at")[:RECENT]),
        tools=_tools(person, version) if version else [],
        policies=_policies(agent, version) if version else [],
        versions=list(agent.versions.all()[:RECENT]),
        budgets=list(Budget.objects.filter(owner_kind="agent", owner_id=str(agent.pk))),
    )


def _latest_tasks(tasks: QuerySet[Task]) -> list[Task]:
    """Unfinished tasks first, then those that ended last."""
    related = tasks.select_related("goal")
    open_ones = related.exclude(state__in=[*FINISHED_TASK, TaskState.PENDING])
    found = list(open_ones.order_by("created_at")[:RECENT])
    ended = related.filter(state__in=FINISHED_TASK).order_by("-finished_at")
    return found + list(ended[: RECENT - len(found)])


def _minutes(agent: Agent, now: datetime) -> list[Minute]:
    with connection.cursor() as cursor:
        cursor.execute(SERVICE, {"agent": agent.pk, "now": now})
        rows = {row[0]: Minute(row[1], row[2], row[3], int(row[4])) for row in cursor.fetchall()}
    return [rows.get(ago, Minute()) for ago in range(MINUTES, 0, -1)]


def _tools(person: Person, version: AgentVersion) -> list[Tool]:
    granted = tuple(version.grants)
    return [tool for tool in tools_for(person) if matches(granted, tool.name)]


def _policies(agent: Agent, version: AgentVersion) -> list[Policy]:
    """Policies in force that cover something this agent could do, in the order of their keys."""
    row = active_bundle()
    if row is None:
        return []
    bundle = bundle_at(row.number)
    found: dict[str, Policy] = {}
    for place in _places(agent, version):
        found |= _covering(bundle, place)
    return [found[key] for key in sorted(found)]


def _covering(bundle: Compiled, place: Place) -> dict[str, Policy]:
    groups = bundle.candidates(place).groups
    return {policy.key: policy for group in groups for policy in group.policies}


def _places(agent: Agent, version: AgentVersion) -> list[Place]:
    granted = Tool.objects.all().values_list("name", "effect")
    calls = [
        (Act.TOOL_CALL.value, name, effect)
        for name, effect in granted
        if matches(tuple(version.grants), name)
    ]
    inside = [(act.value, "", "internal") for act in Act if act is not Act.TOOL_CALL]
    return [
        Place(
            act,
            target,
            effect,
            agent.scope,
            agent.slug,
            str(agent.pk),
            version.role,
            tuple(version.capabilities),
            version.risk_class,
        )
        for act, target, effect in [*calls, *inside]
    ]
