"""Entries owed by what detectors find, what people make of it, and what is done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from orchestration.detection.events import Step
from orchestration.detection.findings import Finding as Found
from orchestration.detection.findings import Response as Kind
from orchestration.detection.findings import Severity
from orchestration.detection.stream import GRACE_S
from orchestration.models import Agent, Finding, Follower, Response, Task
from orchestration.operations import findings, remedies, responding, watching
from orchestration.operations.changes import SYSTEM
from tests.integration.orchestration.entry_cases import Act, Owed, inside, owes
from tests.integration.orchestration.scenes import Scene

OPENED: Owed = ("finding.opened", "finding", "system")


def what_was_found(scene: Scene, *, later: float = 0.0, confidence: float = 0.98) -> Found:
    """A finding about the one agent and the one goal of the scene."""
    agent, task = Agent.objects.get(), Task.objects.get()
    now = timezone.now().timestamp() + later
    return Found(
        detector="coherence.loop",
        key="one cause",
        severity=Severity.MEDIUM,
        confidence=confidence,
        title="{0} goes round.",
        at=now,
        since=now - 1,
        scope=scene.unit.scope,
        goal=str(task.goal_id),
        agents=(str(agent.pk),),
        tasks=(str(task.pk),),
        figures={"times": 4, "share": 0.25},
    )


def found(scene: Scene, **how: Any) -> Finding:
    """A finding that stands."""
    scene.ready_task()
    keep = inside(lambda: findings.keep_finding(found=what_was_found(scene, **how)))
    keep()
    return Finding.objects.get()


def again(row: Finding) -> Finding:
    """The same row, read anew."""
    return Finding.objects.get(pk=row.pk)


@owes("findings.keep_finding", OPENED)
def _(scene: Scene) -> Act:
    scene.ready_task()
    made = what_was_found(scene)
    return inside(lambda: findings.keep_finding(found=made))


@owes("findings.keep_findings", ("finding.seen_again", "finding", "system"))
def _(scene: Scene) -> Act:
    found(scene)
    made = what_was_found(scene, later=5)
    return inside(lambda: findings.keep_findings(found=[made, made]))


@owes("findings.acknowledge_finding", ("finding.acknowledged", "finding", "person"))
def _(scene: Scene) -> Act:
    row = found(scene)
    return lambda: findings.acknowledge_finding(finding=again(row), person=scene.operator)


@owes("findings.assign_finding", ("finding.assigned", "finding", "person"))
def _(scene: Scene) -> Act:
    row = found(scene)
    return lambda: findings.assign_finding(
        finding=again(row), to=scene.operator, person=scene.operator
    )


@owes("findings.mute_finding", ("finding.muted", "finding", "person"))
def _(scene: Scene) -> Act:
    row, until = found(scene), timezone.now() + timedelta(hours=1)
    return lambda: findings.mute_finding(
        finding=again(row), until=until, person=scene.operator, reason="known"
    )


@owes("findings.resolve_finding", ("finding.resolved", "finding", "person"))
def _(scene: Scene) -> Act:
    row = found(scene)
    return lambda: findings.resolve_finding(
        finding=again(row), person=scene.operator, reason="over"
    )


@owes("findings.reopen_finding", ("finding.reopened", "finding", "person"))
def _(scene: Scene) -> Act:
    row = found(scene)
    findings.resolve_finding(finding=row, person=scene.operator, reason="over")
    return lambda: findings.reopen_finding(finding=again(row), person=scene.operator)


@owes("findings.end_mutes", ("finding.unmuted", "finding", "system"))
def _(scene: Scene) -> Act:
    row, until = found(scene), timezone.now() + timedelta(hours=1)
    findings.mute_finding(finding=row, until=until, person=scene.operator, reason="known")
    Finding.objects.update(muted_until=timezone.now() - timedelta(seconds=1))
    return findings.end_mutes


# --- responses


def remedied(scene: Scene, kind: Kind) -> Act:
    """A remedy, done by the system."""
    row = found(scene)
    return inside(lambda: remedies.carry_out(again(row), kind, "", SYSTEM))


@owes("remedies.carry_out", ("agent.damped", "agent", "system"))
def _(scene: Scene) -> Act:
    return remedied(scene, Kind.DAMP)


@owes("remedies.take_back", ("agent.resumed", "agent", "system"))
def _(scene: Scene) -> Act:
    row = found(scene)
    response = responding.respond(finding=row, kind=Kind.QUARANTINE, person=scene.operator)
    key = response.pk
    return inside(lambda: remedies.take_back(Response.objects.get(pk=key), SYSTEM))


@owes(
    "responding.respond",
    ("response.done", "response", "person"),
    ("agent.paused", "agent", "person"),
)
def _(scene: Scene) -> Act:
    row = found(scene)
    return lambda: responding.respond(finding=again(row), kind=Kind.PAUSE, person=scene.operator)


@owes(
    "responding.respond_by_itself",
    ("response.done", "response", "system"),
    ("agent.damped", "agent", "system"),
)
def _(scene: Scene) -> Act:
    row = found(scene)
    return lambda: responding.respond_by_itself(finding=again(row), ladder=(Kind.FLAG, Kind.DAMP))


def proposed(scene: Scene) -> Response:
    """A response that waits for people."""
    return responding.respond(finding=found(scene), kind=Kind.QUARANTINE)


def same(response: Response) -> Response:
    """The same response, read anew."""
    return Response.objects.get(pk=response.pk)


@owes(
    "responding.carry_out_proposal",
    ("response.done", "response", "person"),
    ("agent.quarantined", "agent", "person"),
    ("response.dismissed", "response", "person"),
)
def _(scene: Scene) -> Act:
    response = proposed(scene)
    return lambda: responding.carry_out_proposal(response=same(response), person=scene.operator)


@owes("responding.dismiss_proposal", ("response.dismissed", "response", "person"))
def _(scene: Scene) -> Act:
    response = proposed(scene)
    return lambda: responding.dismiss_proposal(response=same(response), person=scene.operator)


@owes(
    "responding.undo_response",
    ("response.undone", "response", "person"),
    ("agent.undamped", "agent", "person"),
)
def _(scene: Scene) -> Act:
    done = responding.respond(finding=found(scene), kind=Kind.DAMP, person=scene.operator)
    return lambda: responding.undo_response(response=same(done), person=scene.operator)


@owes(
    "watching.watch_ledger",
    OPENED,
    ("response.done", "response", "system"),
    ("agent.damped", "agent", "system"),
)
def _(scene: Scene) -> Act:
    scene.ready_task()
    watching.begin_watching()
    return lambda: watching.watch_ledger(watch=about_to_find(scene))


def about_to_find(scene: Scene) -> watching.Watch:
    """Detectors that have heard of a loop and wait whether something earlier is still to come."""
    agent, task = Agent.objects.get(), Task.objects.get()
    watch = watching.Watch(position=Follower.objects.get(name=watching.READER).position)
    at = timezone.now().timestamp() - 2 * GRACE_S
    watch.stream.feed(
        Step(
            id=f"step-{number}",
            at=at,
            scope=scene.unit.scope,
            goal=str(task.goal_id),
            task=str(task.pk),
            agent=str(agent.pk),
            target="tests.tool",
            call="the same",
        )
        for number in range(4)
    )
    return watch
