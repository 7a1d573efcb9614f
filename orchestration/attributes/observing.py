"""What happened, as events for detectors: read from entries of the ledger and the rows they name.

A step is an event once it has ended, was denied or is held. Steps are many, so they and their
payloads are read a page at a time; what is personal and erased counts as erased here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection

from audit import payloads
from audit.following_text import Told
from orchestration.detection.events import (
    ApprovalOpened,
    Awarded,
    Event,
    GoalClosed,
    GoalOpened,
    Judged,
    Step,
    TaskAdded,
    TaskMoved,
    WaitBegun,
    WaitEnded,
)
from orchestration.detection.fingerprints import aim, blanks_of, short, words_of
from orchestration.models import Task

KINDS = ["step", "task", "goal", "approval"]
"""Kinds of subjects whose entries are read."""

ENDED_STEPS = frozenset({"step.done", "step.failed", "step.denied", "step.held"})

_STEPS = """
select s.id::text, s.scope, s.goal_id::text, s.task_id::text, s.agent_id::text, s.ordinal, t.key,
  s.act, s.target, s.tool_effect, s.digest, s.outcome, s.outcome_kind, s.effect, s.state,
  s.arguments, s.cost_minor, extract(epoch from s.decided_at)::float8,
  extract(epoch from s.finished_at)::float8
from orchestration_step s join orchestration_task t on t.id = s.task_id
where s.id in (select x::uuid from jsonb_array_elements_text(%s::jsonb) x)
"""


@dataclass
class _Page:
    """Rows and payloads that the entries of one page name."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def value(self, digest: Any) -> Any:
        """A payload; None when there is none."""
        return self.values.get(digest) if digest else None


def events_of(page: Iterable[Told]) -> list[Event]:
    """The events that a page of entries tells of, in no particular order."""
    told = list(page)
    ended = {one.subject_id: one for one in told if one.kind in ENDED_STEPS}
    steps = _steps(list(ended))
    known = _read(told, steps)
    found: list[Event] = [_step(row, known) for row in steps]
    for one in told:
        found += _other(one, known)
    return found


def _steps(ids: list[str]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, [orjson.dumps(ids).decode()])
        return list(cursor.fetchall())


def _read(told: list[Told], steps: list[tuple[Any, ...]]) -> _Page:
    """Three queries for a page: tasks, payloads and the keys of personal ones."""
    digests = {row[at] for row in steps for at in (11, 15)}
    digests |= {one.fields.get(name) for one in told for name in ("input", "result", "objective")}
    ids = {one.subject_id for one in told if one.subject_kind == "task"}
    rows = Task.objects.filter(pk__in=ids).values(
        "id", "agent_id", "purpose", "round", "park_reason"
    )
    return _Page(
        tasks={str(row["id"]): {**row} for row in rows},
        values=payloads.load_many(digest for digest in digests if digest),
    )


def _step(row: tuple[Any, ...], known: _Page) -> Step:
    (key, scope, goal, task, agent, ordinal, lineage, act, target, effect, digest) = row[:11]
    (outcome, outcome_kind, decision, state, arguments, cost, decided, finished) = row[11:]
    asked, answer = known.value(arguments), known.value(outcome)
    subject, value = aim(asked)
    performed = act == "tool.call" and state in {"done", "failed"}
    return Step(
        id=f"{key}:{state}",
        at=finished or decided,
        scope=scope,
        goal=goal,
        task=task,
        agent=agent,
        ordinal=ordinal,
        lineage=lineage.partition("~")[0],
        act=act,
        target=target,
        effect=effect or "internal",
        call=digest,
        outcome=short([outcome_kind, answer]),
        decision=decision,
        state=state,
        subject=subject,
        value=_value_set(act, asked, value),
        words=words_of(target.replace(".", " "), asked),
        blanks=blanks_of(answer) if state == "done" else None,
        cost_minor=cost,
        seconds=max(0.0, finished - decided) if performed and finished else None,
        expects=isinstance(asked, dict) and asked.get("expects") is not None,
    )


def _value_set(act: str, asked: Any, value: str) -> str:
    """What a post or a letter says; of a tool's call the values that name nothing."""
    if act == "board.post" and isinstance(asked, dict):
        return short(asked.get("value"))
    return short(asked) if act == "message.send" else value


def _other(one: Told, known: _Page) -> list[Event]:
    where: dict[str, Any] = {
        "id": one.entry_id,
        "at": one.at.timestamp(),
        "scope": one.scope,
        "goal": one.goal,
    }
    if one.subject_kind == "task":
        return _task(one, {**where, "task": one.subject_id}, known)
    if one.kind == "goal.opened":
        return [_goal(one, where, known)]
    if one.kind == "goal.closed":
        return [GoalClosed(**where, state=str(one.fields.get("state", "")))]
    if one.kind == "approval.opened":
        said = one.fields
        task, agent = str(said.get("task_id", "")), str(said.get("agent_id", ""))
        return [ApprovalOpened(**where, task=task, agent=agent, target=str(said.get("title", "")))]
    return []


def _goal(one: Told, where: dict[str, Any], known: _Page) -> GoalOpened:
    said, budget = one.fields, one.data.get("budget", {})
    criteria = said.get("criteria") or []
    return GoalOpened(
        **where,
        words=words_of(said.get("title", ""), known.value(said.get("objective"))),
        criteria=tuple(words_of(str(line)) for line in criteria),
        caps=tuple(sorted((name, int(cap)) for name, cap in budget.items())),
    )


def _task(one: Told, where: dict[str, Any], known: _Page) -> list[Event]:
    said = one.fields
    row = known.tasks.get(one.subject_id, {})
    agent = str(said.get("agent_id") or row.get("agent_id") or "")
    if "key" in said:
        added: list[Event] = [_added(one, where, known)]
        return (
            [*added, Awarded(**_also(where, "award"), agent=agent)] if said["agent_id"] else added
        )
    if one.kind == "task.awarded":
        return [Awarded(**where, agent=agent)]
    if one.kind == "task.suspended":
        waits = one.data.get("waits_for", {})
        kind, subject = str(waits.get("kind", "")), str(waits.get("subject", ""))
        return [WaitBegun(**where, agent=agent, what=kind, subject=subject)]
    if one.kind == "task.resumed":
        return [WaitEnded(**where, agent=agent)]
    state = "retried" if one.kind == "task.retried" else said.get("state")
    if not state:
        return []
    moved = TaskMoved(
        **where, agent=agent, state=str(state), reason=str(said.get("park_reason", ""))
    )
    return [moved, *_judged(one, where, known, row)]


def _added(one: Told, where: dict[str, Any], known: _Page) -> TaskAdded:
    said = one.fields
    asked = known.value(said.get("input"))
    return TaskAdded(
        **where,
        agent=one.actor_id if one.actor_kind == "agent" else "",
        key=str(said["key"]),
        parent=str(said.get("parent_id") or ""),
        purpose=str(said.get("purpose", "work")),
        capability=str(said.get("capability", "")),
        title=str(said.get("title", "")),
        depth=int(said.get("depth", 0)),
        needs=tuple(one.data.get("needs", ())),
        question=short(asked),
        words=words_of(said.get("title", ""), said.get("capability", "").replace(".", " "), asked),
    )


def _judged(one: Told, where: dict[str, Any], known: _Page, row: dict[str, Any]) -> list[Judged]:
    """The verdict of an evaluation that has ended."""
    if row.get("purpose") != "evaluate" or one.kind != "task.done":
        return []
    verdict = known.value(one.fields.get("result"))
    if not isinstance(verdict, dict) or not isinstance(verdict.get("accepted"), bool):
        return []
    return [
        Judged(
            **_also(where, "verdict"),
            agent=str(row.get("agent_id") or ""),
            subject=f"{one.goal}:{row.get('round')}",
            accepted=verdict["accepted"],
        )
    ]


def _also(where: dict[str, Any], what: str) -> dict[str, Any]:
    """The place of a second event that the same entry tells of."""
    return {**where, "id": f"{where['id']}:{what}"}


def moment(at: float) -> datetime:
    """A detector's time as an aware moment."""
    return datetime.fromtimestamp(at, UTC)
