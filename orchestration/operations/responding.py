"""Responses to findings: each is decided by policy, carried out or proposed, and can be taken back.

Signalbox asks as itself; what people ask for they also need the right for. A decision that is held
leaves a proposal, one that is denied leaves the reasons, and neither does anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.utils import timezone

from audit import ledger, payloads
from audit.entries import Actor
from orchestration.access.roles import people_with_role, require
from orchestration.detection.findings import Response as Kind
from orchestration.errors import IllegalTransition
from orchestration.models import Agent, Finding, Person, Response, World
from orchestration.operations import remedies
from orchestration.operations.changes import change, create
from orchestration.operations.findings import WATCHER
from orchestration.operations.interventions import wait_for_running_statements
from orchestration.operations.people import actor_for
from orchestration.operations.policies import bundle_at
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.request import Request
from orchestration.vocabulary import Act, Effect, ResponseState, Role

STATES = {
    Effect.ALLOW: ResponseState.DONE,
    Effect.HOLD: ResponseState.PROPOSED,
    Effect.DENY: ResponseState.DENIED,
}


@dataclass(frozen=True)
class Asked:
    """Who asks for a response: a person, or nobody but Signalbox itself."""

    person: Person | None = None

    @property
    def actor(self) -> Actor:
        """How the ledger names who acts."""
        return actor_for(self.person) if self.person is not None else WATCHER


def respond(
    *, finding: Finding, kind: Kind, person: Person | None = None, choice: str = ""
) -> Response:
    """Decide a response, and carry it out if policies allow it.

    Args:
        person: who asks for it; without one Signalbox responds by itself.
        choice: what it is done to, where there is a choice: a task of the finding's `spared`.

    Raises:
        NotAllowed: the person may not intervene there.
        IllegalTransition: there is nothing left that it could be done to.
    """
    if person is not None:
        _require(person, finding)
    asked = Asked(person)
    request = _request(finding, kind, asked)
    decision = decide(request, bundle_at(World.objects.get(pk=1).bundle))
    state = STATES[Effect(decision.effect)]
    with ledger.transaction():
        response = _decided(finding, kind, asked, request, decision)
        if state == ResponseState.DONE:
            done = remedies.carry_out(finding, kind, choice, asked.actor)
            response.subjects, response.before, response.result = (
                done.subjects,
                done.before,
                done.said[:400],
            )
        create(
            response,
            f"response.{response.state}",
            asked.actor,
            goal=finding.goal_id,
            payload=response.considered,
            data={"finding": str(finding.pk)},
        )
    if response.state == ResponseState.DONE and kind in remedies.STOPPING:
        wait_for_running_statements()
    return response


def _decided(
    finding: Finding, kind: Kind, asked: Asked, request: Request, decision: Decision
) -> Response:
    state = STATES[Effect(decision.effect)]
    considered = {"request": _json(request), "decision": decision.as_json()}
    return Response(
        finding=finding,
        scope=finding.scope,
        kind=kind.value,
        automatic=asked.person is None,
        state=state,
        effect=decision.effect,
        reasons=decision.texts(),
        bundle=decision.bundle,
        considered=payloads.store(considered),
        person=asked.person,
        settled_at=None if state == ResponseState.PROPOSED else timezone.now(),
    )


def _json(request: Request) -> Any:
    return orjson.loads(request.canonical())


def carry_out_proposal(*, response: Response, person: Person, choice: str = "") -> Response:
    """A person with the right to intervene carries out what was proposed; decided once more.

    Raises IllegalTransition when it was settled meanwhile.
    """
    if response.state != ResponseState.PROPOSED:
        raise IllegalTransition(f"This response is {response.state} already.")
    again = respond(
        finding=response.finding, kind=Kind(response.kind), person=person, choice=choice
    )
    _settle(response, ResponseState.DISMISSED, person, "carried out by a person")
    return again


def dismiss_proposal(*, response: Response, person: Person) -> Response:
    """A person decides against what was proposed."""
    _require(person, response.finding)
    return _settle(response, ResponseState.DISMISSED, person, "")


def _settle(response: Response, state: ResponseState, person: Person, said: str) -> Response:
    with ledger.transaction():
        return change(
            response,
            f"response.{state}",
            actor_for(person),
            entry={"goal": response.finding.goal_id, "data": {"finding": str(response.finding_id)}},
            state=state,
            result=said,
            settled_at=timezone.now(),
        )


def undo_response(*, response: Response, person: Person) -> Response:
    """Take back what a response did, as far as the world has not moved on; the row says how far.

    Raises:
        IllegalTransition: it was not carried out, or was taken back already.
        NotAllowed: the person may not intervene there.
    """
    _require(person, response.finding)
    if response.state != ResponseState.DONE:
        raise IllegalTransition(f"This response is {response.state}; there is nothing to undo.")
    actor = actor_for(person)
    with ledger.transaction():
        said = remedies.take_back(response, actor)
        return change(
            response,
            "response.undone",
            actor,
            entry={"goal": response.finding.goal_id, "data": {"finding": str(response.finding_id)}},
            state=ResponseState.UNDONE,
            result=said[:400],
            settled_at=timezone.now(),
        )


def respond_by_itself(*, finding: Finding, ladder: tuple[Kind, ...]) -> list[Response]:
    """Try the responses of a detector's ladder, mildest first, until one was carried out.

    Flagging is what the finding itself is. A response that was tried before is not tried again, so
    a finding that is seen again climbs the ladder; while one is proposed, people decide.
    """
    before = dict(finding.responses.values_list("kind", "state"))
    made: list[Response] = []
    if ResponseState.PROPOSED in before.values():
        return made
    for kind in ladder:
        if kind in {Kind.FLAG, Kind.ESCALATE} or kind.value in before:
            continue
        if not remedies.is_possible(finding, kind):
            continue
        made.append(respond(finding=finding, kind=kind))
        if made[-1].state in {ResponseState.DONE, ResponseState.PROPOSED}:
            break
    return made


def _request(finding: Finding, kind: Kind, asked: Asked) -> Request:
    goal = finding.goal
    agents = Agent.objects.filter(pk__in=finding.agents).select_related("current")
    least = remedies.least_autonomy([a.current.autonomy for a in agents if a.current])
    able = people_with_role(Role.OPERATOR, finding.scope)
    return Request.of(
        {
            "name": Act.FINDING_RESPOND.value,
            "target": kind.value,
            "effect": "write",
            "idempotent": True,
            "arguments": {
                "detector": finding.detector,
                "severity": finding.severity,
                "confidence": finding.confidence,
                "agents": sorted(agent.slug for agent in agents),
                "autonomy": least,
                "asked": asked.person is not None,
            },
            "labels": {},
            "origin": {},
            "cost_minor": 0,
            "risk": "medium",
            "compensation": "undo",
        },
        {
            "id": "signalbox",
            "name": "signalbox",
            "version": 1,
            "role": "supervisor",
            "capabilities": [],
            "autonomy": "act-and-report",
            "risk_class": "low",
            "unit": finding.scope,
            "owner": "",
            "grants": [],
        },
        {"path": finding.scope},
        goal={
            "id": str(goal.pk) if goal else "",
            "title": goal.title if goal else "",
            "unit": finding.scope,
            "pattern": goal.pattern if goal else "central",
            "priority": goal.priority if goal else 3,
            "constraints": goal.constraints if goal else {},
            "requested_by": "",
        },
        task={"id": "", "capability": "", "depth": 0, "round": 0},
        facts={"approvers": {"operator": len(able), "admin": 1}},
        at=timezone.now(),
    )


def _require(person: Person, finding: Finding) -> None:
    require(person, finding.scope, Role.OPERATOR, Role.ADMIN)
