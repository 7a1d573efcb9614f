"""Recording: turning a call, its verdict and its outcome into the rows the statement carries.

This is the one place that builds step rows and their ledger entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit import entries, payloads
from audit.entries import Actor, Draft
from audit.identifiers import new_id
from orchestration.enforcement.asking import Verdict
from orchestration.enforcement.calls import Call
from orchestration.enforcement.notices import measures_of, notices_of
from orchestration.enforcement.personal import sealed, sealed_arguments
from orchestration.enforcement.standing import Standing
from orchestration.operations.changes import SYSTEM, board_subject, is_bulky, plain
from orchestration.operations.steps import Batch, Record
from orchestration.vocabulary import StepState

Labels = dict[str, list[str]]


@dataclass(frozen=True)
class Outcome:
    """What came of a step.

    Attributes:
        kind: `value`, `error` (the tool's final answer is a failure), `conflict` or `denied`.
        value: JSON. labels: labels by leaf of the value.
    """

    kind: str
    value: Any = None
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where in its task a step stands."""

    step_id: str
    ordinal: int


def add_decided(
    batch: Batch, standing: Standing, place: Place, call: Call, verdict: Verdict, **how: Any
) -> None:
    """Add a step that was decided just now; `how` takes state, outcome, now, resumed.

    A `resumed` step updates the row that was held; others are inserted.
    """
    state: StepState = how["state"]
    outcome: Outcome | None = how.get("outcome")
    now: datetime = how["now"]
    resumed: int = how.get("resumed", 0)
    row = _step_row(batch, standing, place, call, verdict)
    row |= {"state": state.value, "decided_at": now, "created_at": now, "revision": resumed + 1}
    row |= _outcome_fields(batch, outcome, now) if outcome is not None else _NO_OUTCOME
    draft = _draft(batch, standing, place.step_id, f"step.{state.value}", row)
    draft.data.update(_told_along(batch, place.step_id))
    entry = entries.row(draft)
    row["entry"] = entry["entry_id"]
    batch.entries.append(entry)
    (batch.resumed if resumed else batch.steps).append(row)
    if not resumed:
        batch.notices += notices_of(standing, place.step_id, call, verdict.decision, now)


def _told_along(batch: Batch, step_id: str) -> Record:
    """What a step posted and sent, for its entry: rows of other tables that nothing else tells."""
    posted = [
        {
            "id": board_subject(row["goal_id"], row["key"]),
            "revision": row["version"],
            "set": _said(batch, {name: row[name] for name in _OF_A_POST}),
        }
        for row in batch.board
        if row["step_id"] == step_id
    ]
    sent = [
        {
            "id": row["id"],
            "revision": 1,
            "set": _said(batch, {name: row[name] for name in _OF_A_MESSAGE}),
        }
        for row in batch.messages
        if row["step_id"] == step_id
    ]
    return {name: rows for name, rows in (("posted", posted), ("sent", sent)) if rows}


def _said(batch: Batch, fields: Record) -> Record:
    """What an entry says of fields; large labels by the digest of a payload, as elsewhere."""
    said: Record = {}
    for name, value in fields.items():
        said[name] = plain(value)
        if is_bulky(name, value):
            prepared = payloads.prepare(said[name])
            batch.payloads.append(prepared.row)
            said[name] = prepared.digest
    return said


_OF_A_POST = ("key", "value", "labels", "step_id", "author")
_OF_A_MESSAGE = ("sender_id", "recipient", "schema", "body", "labels", "step_id")

_NO_OUTCOME: Record = {"outcome": "", "outcome_kind": "", "labels": {}, "finished_at": None}


def _outcome_fields(batch: Batch, outcome: Outcome, now: datetime) -> Record:
    digest = ""
    if outcome.value is not None:
        prepared = sealed(outcome.value, outcome.labels)
        batch.payloads.append(prepared.row)
        digest = prepared.digest
    return {
        "outcome": digest,
        "outcome_kind": outcome.kind,
        "labels": outcome.labels,
        "finished_at": now,
    }


def _step_row(
    batch: Batch, standing: Standing, place: Place, call: Call, verdict: Verdict
) -> Record:
    decision = verdict.decision
    arguments = sealed_arguments(call)
    considered = payloads.prepare(verdict.considered())
    batch.payloads += [arguments.row, considered.row]
    return {
        "id": place.step_id,
        "scope": standing.goal.scope,
        "goal_id": standing.goal.pk,
        "task_id": standing.task.pk,
        "attempt_id": standing.attempt.pk,
        "agent_id": standing.agent.pk,
        "version_id": standing.version.pk,
        "generation": standing.task.generation,
        "ordinal": place.ordinal,
        "digest": call.digest,
        "act": call.act,
        "target": call.target[:200],
        "tool_effect": call.effect,
        "effect": decision.effect,
        "flagged": decision.flagged,
        "decision": decision.references(),
        "bundle": standing.bundle.number,
        "risk": verdict.request.act["risk"],
        "arguments": arguments.digest,
        "decision_input": considered.digest,
        "measures": measures_of(call),
        "cost_minor": call.cost_minor,
        "gate_us": min(verdict.microseconds, 2_000_000_000),
    }


def _draft(batch: Batch, standing: Standing, step_id: str, kind: str, row: Record) -> Draft:
    said = {name: value for name, value in row.items() if name not in _ELSEWHERE}
    return Draft(
        kind=kind,
        actor=Actor("agent", str(standing.agent.pk), standing.agent.slug),
        subject_kind="step",
        subject_id=step_id,
        scope=standing.goal.scope,
        revision=row["revision"],
        goal=str(standing.goal.pk),
        decision=step_id,
        outcome=str(row.get("effect", row.get("outcome_kind", ""))),
        payload=row.get("outcome") or row.get("arguments") or None,
        data={"set": _said(batch, said)},
    )


_ELSEWHERE = frozenset(
    {"id", "scope", "goal_id", "revision", "entry", "created_at", "gate_us", "measures"}
)


def add_finished(
    batch: Batch, standing: Standing, place: Place, outcome: Outcome, **when: Any
) -> None:
    """Add the outcome of a dispatched step; `when` takes now and the step's revision as it is."""
    now: datetime = when["now"]
    state = StepState.FAILED if outcome.kind == "error" else StepState.DONE
    row = {"id": place.step_id, "state": state.value, "revision": when["revision"] + 1}
    row |= _outcome_fields(batch, outcome, now)
    batch.finished.append(row)
    draft = _draft(batch, standing, place.step_id, f"step.{state.value}", row)
    batch.entries.append(entries.row(draft))


def late_outcome(done: Batch) -> list[Draft]:
    """Drafts that say what came of steps which had been marked unknown before the outcome came."""
    return [
        Draft(
            kind="step.outcome_came_late",
            actor=SYSTEM,
            subject_kind="step",
            subject_id=row["id"],
            scope=entry["scope"],
            goal=entry["goal"],
            decision=row["id"],
            outcome=row["outcome_kind"],
            payload=row["outcome"] or None,
            data={"labels": row["labels"]},
        )
        for row, entry in zip(done.finished, done.entries, strict=True)
    ]


def new_step_id() -> str:
    """An identifier for a step; also the idempotency key of its call."""
    return str(new_id())
