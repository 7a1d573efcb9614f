"""Findings: keeping what detectors found, one row for one cause, and what people make of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from audit import ledger
from orchestration.access.roles import holds, require
from orchestration.attributes.observing import moment
from orchestration.detection import findings as pure
from orchestration.errors import InvalidInput
from orchestration.models import Finding, Person
from orchestration.operations.changes import SYSTEM, change, create
from orchestration.operations.people import actor_for
from orchestration.vocabulary import FindingState, Role

WATCHER = SYSTEM
"""Who finds, and responds by itself."""

LONGEST_MUTE = timedelta(days=90)

STANDING = (FindingState.OPEN, FindingState.ACKNOWLEDGED)


def keep_finding(*, found: pure.Finding) -> Finding:
    """Keep what a detector found: a new row, or the row of its cause seen once more.

    In the caller's transaction.
    """
    key = found.key[:400]
    row = (
        Finding.objects.select_for_update(no_key=True)
        .filter(detector=found.detector, key=key)
        .exclude(state=FindingState.RESOLVED)
        .first()
    )
    if row is None:
        return create(_row(found, key), "finding.opened", WATCHER)
    return _seen_again(row, found)


def _row(found: pure.Finding, key: str) -> Finding:
    return Finding(
        detector=found.detector,
        key=key,
        scope=found.scope,
        goal_id=found.goal or None,
        first_seen=moment(found.since),
        found_at=moment(found.at),
        **_evidence(found),
    )


def _evidence(found: pure.Finding) -> dict[str, Any]:
    return {
        "title": found.title[:400],
        "severity": found.severity.value,
        "severity_rank": pure.SEVERITIES.index(found.severity),
        "confidence": round(found.confidence * 1000),
        "agents": list(found.agents),
        "tasks": list(found.tasks),
        "nodes": [
            {"id": n.id, "kind": n.kind, "label": n.label[:120], "agent": n.agent, "at": _ms(n.at)}
            for n in found.nodes
        ],
        "edges": [
            {"source": e.source, "target": e.target, "kind": e.kind, "label": e.label[:120]}
            for e in found.edges
        ],
        "figures": {name: _figure(value) for name, value in found.figures.items()},
        "spared": list(found.spared),
        "last_seen": moment(found.at),
    }


def _ms(at: float) -> int:
    return round(at * 1000)


def _figure(value: float) -> int | str:
    """A figure as ledgers may hold it: floats are texts there."""
    return int(value) if value == int(value) else f"{value:g}"


def _seen_again(row: Finding, found: pure.Finding) -> Finding:
    if moment(found.at) <= row.last_seen:
        return row
    fields = _evidence(found)
    worse = max(fields["severity_rank"], row.severity_rank)
    fields |= {"severity_rank": worse, "severity": pure.SEVERITIES[worse].value}
    return change(row, "finding.seen_again", WATCHER, times=row.times + 1, **fields)


def acknowledge_finding(*, finding: Finding, person: Person) -> Finding:
    """Somebody has seen it and sees to it: it is theirs from now on."""
    _require(person, finding)
    with ledger.transaction():
        return change(
            finding,
            "finding.acknowledged",
            actor_for(person),
            state=FindingState.ACKNOWLEDGED,
            assignee=person,
            muted_until=None,
        )


def assign_finding(*, finding: Finding, to: Person | None, person: Person) -> Finding:
    """Hand a finding to somebody who may see to it, or to nobody.

    Raises InvalidInput when the other has no role there that lets them.
    """
    _require(person, finding)
    if to is not None and not holds(to, finding.scope, Role.OPERATOR, Role.ADMIN):
        raise InvalidInput(f"{to} holds no role in {finding.scope} that could see to it.")
    with ledger.transaction():
        return change(finding, "finding.assigned", actor_for(person), assignee=to)


def mute_finding(*, finding: Finding, until: datetime, person: Person, reason: str) -> Finding:
    """Hear no more of a cause until then; it is counted on meanwhile.

    Raises InvalidInput when the end is past or too far away.
    """
    _require(person, finding)
    now = timezone.now()
    if not now < until <= now + LONGEST_MUTE:
        raise InvalidInput(f"A finding is muted until a day within the next {LONGEST_MUTE.days}.")
    with ledger.transaction():
        return change(
            finding,
            "finding.muted",
            actor_for(person),
            state=FindingState.MUTED,
            muted_until=until,
            reason=reason,
        )


def resolve_finding(*, finding: Finding, person: Person, reason: str) -> Finding:
    """Say that it is over; the same cause found again opens a new finding."""
    _require(person, finding)
    with ledger.transaction():
        return change(
            finding,
            "finding.resolved",
            actor_for(person),
            state=FindingState.RESOLVED,
            muted_until=None,
            reason=reason,
        )


def reopen_finding(*, finding: Finding, person: Person) -> Finding:
    """Take back that it was seen to, muted or resolved.

    Raises InvalidInput when the same cause has another open finding by now.
    """
    _require(person, finding)
    again = Finding.objects.filter(detector=finding.detector, key=finding.key)
    if again.exclude(state=FindingState.RESOLVED).exclude(pk=finding.pk).exists():
        raise InvalidInput("This cause was found again since; look at the newer finding.")
    with ledger.transaction():
        return change(
            finding,
            "finding.reopened",
            actor_for(person),
            state=FindingState.OPEN,
            muted_until=None,
        )


def end_mutes() -> int:
    """Open findings again whose mute has ended; returns how many."""
    due = Finding.objects.filter(state=FindingState.MUTED, muted_until__lte=timezone.now())
    return sum(_end_mute(pk) for pk in list(due.values_list("pk", flat=True)[:200]))


def _end_mute(pk: Any) -> int:
    with ledger.transaction():
        row = Finding.objects.select_for_update(no_key=True).get(pk=pk)
        if row.state != FindingState.MUTED:
            return 0
        change(row, "finding.unmuted", SYSTEM, state=FindingState.OPEN, muted_until=None)
        return 1


def keep_findings(*, found: Iterable[pure.Finding]) -> list[Finding]:
    """Keep all of these, in the caller's transaction; of one cause only the last."""
    last = {(one.detector, one.key): one for one in found}
    return [keep_finding(found=one) for one in last.values()]


def _require(person: Person, finding: Finding) -> None:
    require(person, finding.scope, Role.OPERATOR, Role.ADMIN)
