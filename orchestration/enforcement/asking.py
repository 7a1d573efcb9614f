"""Asking: gather the facts of a call, put them into a request, and let the engine decide.

Nothing here writes. The decision is made outside any transaction; the statement that records it
checks that what it was made on still holds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from orchestration.attributes.declared import Reading, Subject, read_declared
from orchestration.enforcement.calls import Call
from orchestration.enforcement.standing import Standing
from orchestration.models import Approval
from orchestration.policy.decision import Decision, Reason
from orchestration.policy.engine import BUILT_IN, decide
from orchestration.policy.request import Granted, Request
from orchestration.policy.scopes import place


@dataclass(frozen=True)
class Verdict:
    """A decision, the request it was made on, its microseconds, and the declared facts it read."""

    decision: Decision
    request: Request
    microseconds: int
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """The reasons as people and agents read them."""
        return self.decision.texts()

    def considered(self) -> dict[str, Any]:
        """Request and decision for the payload store; arguments have a payload of their own."""
        request = orjson.loads(self.request.canonical())
        request["act"]["arguments"] = None
        return {"request": request, "decision": self.decision.as_json()}

    def refused(self, rule: str, reasons: list[str]) -> Verdict:
        """The verdict when something other than a policy stands in the way: denied."""
        said = tuple(Reason(BUILT_IN, rule, "deny", reason, {}) for reason in reasons)
        decision = replace(self.decision, effect="deny", reasons=said, clauses=())
        return replace(self, decision=decision)


def counts_steps(standing: Standing, call: Call) -> bool:
    """Whether deciding this call counts earlier steps, which must be written before it."""
    where = place(_act(standing, call), _agent(standing), standing.goal.scope)
    return bool(standing.bundle.candidates(where).facts)


def ask(standing: Standing, call: Call, approvals: list[Approval], now: datetime) -> Verdict:
    """Decide a call as things stand; an agent that was damped waits first."""
    if standing.pace_s:
        time.sleep(standing.pace_s)
    began = time.perf_counter_ns()
    act, agent = _act(standing, call), _agent(standing)
    where = place(act, agent, standing.goal.scope)
    readings = read_declared(standing.bundle.candidates(where).facts, _subject(standing, call), now)
    declared = {name: reading.value for name, reading in readings.items()}
    request = Request.of(
        act,
        agent,
        {"path": standing.goal.scope},
        goal=_goal(standing),
        task=_task(standing),
        facts={**declared, **standing.facts.facts()},
        approvals=[_granted(approval) for approval in approvals],
        at=now,
    )
    decision = decide(request, standing.bundle)
    took = (time.perf_counter_ns() - began) // 1000
    return Verdict(decision, request, took, readings)


def _subject(standing: Standing, call: Call) -> Subject:
    return Subject(
        agent=str(standing.agent.pk),
        tool=call.target,
        goal=str(standing.goal.pk),
        unit=standing.goal.scope,
        task=str(standing.task.pk),
    )


def _act(standing: Standing, call: Call) -> Any:
    risk = standing.version.risk_class
    if call.effect == "irreversible":
        risk = "high"
    return {
        "name": call.act,
        "target": call.target,
        "effect": call.effect,
        "idempotent": call.idempotent,
        "arguments": call.bounded,
        "labels": call.labels,
        "origin": call.origin,
        "cost_minor": call.cost_minor,
        "risk": risk,
        "digest": call.digest,
        "compensation": call.tool.compensation if call.tool else "",
    }


def _agent(standing: Standing) -> Any:
    agent, version = standing.agent, standing.version
    return {
        "id": str(agent.pk),
        "name": agent.slug,
        "version": version.number,
        "role": version.role,
        "capabilities": version.capabilities,
        "autonomy": version.autonomy,
        "risk_class": version.risk_class,
        "unit": agent.scope,
        "owner": str(agent.owner_id or ""),
        "grants": version.grants,
    }


def _goal(standing: Standing) -> Any:
    goal = standing.goal
    return {
        "id": str(goal.pk),
        "title": goal.title,
        "unit": goal.scope,
        "pattern": goal.pattern,
        "priority": goal.priority,
        "constraints": goal.constraints,
        "requested_by": str(goal.requested_by_id or ""),
    }


def _task(standing: Standing) -> Any:
    task = standing.task
    return {
        "id": str(task.pk),
        "capability": task.capability,
        "depth": task.depth,
        "round": task.round,
    }


def _granted(approval: Approval) -> Granted:
    names = [str(vote.person) for vote in approval.votes.select_related("person")]
    return {
        "id": str(approval.pk),
        "digest": approval.digest,
        "clauses": [
            {"policy": c["policy"], "rule": c["rule"], "roles": sorted(c["roles"])}
            for c in approval.clauses
        ],
        "by": names,
        "granted_at": approval.decided_at.isoformat() if approval.decided_at else "",
    }
