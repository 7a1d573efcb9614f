"""The statement in which steps reach the database, and the one in which outcomes do.

One statement, one commit: it checks that the attempt still holds its task, that the bundle is the
one the decision was made under and that no halt came between; then it charges the slices, inserts
steps, payloads, blackboard versions, messages and ledger entries, or none of them. The caller sends
rows as one JSON text, so that the statement is prepared once for any number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson
from django.db import DataError, IntegrityError, connection
from psycopg import errors as pg

from audit.entries import ENTRY_RECORD, INSERT_ENTRIES
from audit.payloads import INSERT_PAYLOADS, PAYLOAD_RECORD

Record = dict[str, Any]

STEP_RECORD = (
    "s(id uuid, created_at timestamptz, scope text, revision int, goal_id uuid, task_id uuid,"
    " attempt_id uuid, agent_id uuid, version_id uuid, generation int, ordinal int, digest text,"
    " act text, target text, tool_effect text, state text, effect text, flagged bool,"
    " decision jsonb, bundle int, risk text, arguments text, decision_input text, outcome text,"
    " outcome_kind text, labels jsonb, cost_minor bigint, gate_us int, entry uuid,"
    " decided_at timestamptz, finished_at timestamptz, measures jsonb)"
)
STEP_COLUMNS = (
    "id, created_at, scope, revision, goal_id, task_id, attempt_id, agent_id, version_id,"
    " generation, ordinal, digest, act, target, tool_effect, state, effect, flagged, decision,"
    " bundle, risk, arguments, decision_input, outcome, outcome_kind, labels, cost_minor, gate_us,"
    " entry, decided_at, finished_at, measures"
)
BOARD_RECORD = (
    "b(goal_id uuid, key text, version int, value text, labels jsonb, step_id uuid, author text,"
    " created_at timestamptz)"
)
BOARD_COLUMNS = "goal_id, key, version, value, labels, step_id, author, created_at"
MESSAGE_RECORD = (
    "m(id uuid, created_at timestamptz, goal_id uuid, sender_id uuid, recipient text, schema text,"
    " body text, labels jsonb, step_id uuid)"
)
MESSAGE_COLUMNS = "id, created_at, goal_id, sender_id, recipient, schema, body, labels, step_id"

NOTICE_RECORD = (
    "n(id uuid, created_at timestamptz, scope text, kind text, role text, policy text, rule text,"
    " sentence text, step_id uuid)"
)
NOTICE_COLUMNS = "id, created_at, scope, kind, role, policy, rule, sentence, step_id"

STATEMENT_MARK = "/* signalbox:step */"
"""Marks the statement in pg_stat_activity, so that a halt can wait for those that run."""

_WRITE = f"""{STATEMENT_MARK}
with doc as materialized (select %s::jsonb as j),
gate as materialized (
  select t.id from orchestration_task t, orchestration_world w
  where t.id = %s and t.fence = %s and t.state = 'running' and w.bundle = %s and w.halt_epoch = %s
  for no key update of t),
charged as (
  update orchestration_slice sl set used = sl.used + c.amount
  from doc, jsonb_to_recordset(doc.j->'charges') as c(id uuid, amount bigint)
  where sl.id = c.id and not sl.closed and sl.used + c.amount <= sl.size
    and exists (select from gate) returning sl.id),
ok as materialized (
  select doc.j, (select count(*) from charged) as charges from doc
  where exists (select from gate)
    and (select count(*) from charged) = jsonb_array_length(doc.j->'charges')),
payload as ({INSERT_PAYLOADS} ok, jsonb_to_recordset(ok.j->'payloads') as {PAYLOAD_RECORD}),
resumed as (
  update orchestration_step st set
    attempt_id = s.attempt_id, state = s.state, effect = s.effect, flagged = s.flagged,
    decision = s.decision, bundle = s.bundle, risk = s.risk, arguments = s.arguments,
    decision_input = s.decision_input, outcome = s.outcome, outcome_kind = s.outcome_kind,
    labels = s.labels, cost_minor = s.cost_minor, entry = s.entry,
    decided_at = s.decided_at, finished_at = s.finished_at, measures = s.measures,
    revision = s.revision
  from ok, jsonb_to_recordset(ok.j->'resumed') as {STEP_RECORD}
  where st.id = s.id and st.state = 'held' returning st.id),
consumed as (
  update orchestration_approval a set state = 'consumed', revision = a.revision + 1
  from ok, jsonb_array_elements_text(ok.j->'consumed') as c(id)
  where a.id = c.id::uuid and a.state = 'granted' and a.expires_at > now() returning a.id),
guarded as (
  update orchestration_limitguard g set revision = g.revision + 1
  from ok, jsonb_to_recordset(ok.j->'guards') as x(key text, revision bigint)
  where g.key = x.key and g.revision = x.revision returning g.key),
step as (
  insert into orchestration_step ({STEP_COLUMNS})
  select {", ".join("s." + name.strip() for name in STEP_COLUMNS.split(","))}
  from ok, jsonb_to_recordset(ok.j->'steps') as {STEP_RECORD} returning id),
finished as (
  update orchestration_step st set
    state = f.state, outcome = f.outcome, outcome_kind = f.outcome_kind, labels = f.labels,
    finished_at = f.finished_at, revision = f.revision
  from ok, jsonb_to_recordset(ok.j->'finished') as f(id uuid, state text, outcome text,
    outcome_kind text, labels jsonb, finished_at timestamptz, revision int)
  where st.id = f.id and st.state = 'dispatched' returning st.id),
board as (
  insert into orchestration_boardentry ({BOARD_COLUMNS})
  select {", ".join("b." + name.strip() for name in BOARD_COLUMNS.split(","))}
  from ok, jsonb_to_recordset(ok.j->'board') as {BOARD_RECORD}),
message as (
  insert into orchestration_message ({MESSAGE_COLUMNS})
  select {", ".join("m." + name.strip() for name in MESSAGE_COLUMNS.split(","))}
  from ok, jsonb_to_recordset(ok.j->'messages') as {MESSAGE_RECORD}),
notice as (
  insert into orchestration_notice ({NOTICE_COLUMNS})
  select {", ".join("n." + name.strip() for name in NOTICE_COLUMNS.split(","))}
  from ok, jsonb_to_recordset(ok.j->'notices') as {NOTICE_RECORD}),
entry as ({INSERT_ENTRIES} ok, jsonb_to_recordset(ok.j->'entries') as {ENTRY_RECORD})
select (select count(*) from gate), (select count(*) from ok),
  1 / (case when exists (select from gate) and not exists (select from ok) then 0
            when exists (select from ok) and (
              (select count(*) from resumed) <> jsonb_array_length(j->'resumed')
              or (select count(*) from consumed) <> jsonb_array_length(j->'consumed')
              or (select count(*) from guarded) <> jsonb_array_length(j->'guards')
              or (select count(*) from finished) <> jsonb_array_length(j->'finished'))
            then 0 else 1 end)
from doc
"""  # noqa: S608 - put together from constants of ours

_FINISH = f"""{STATEMENT_MARK}
with doc as materialized (select %s::jsonb as j),
finished as (
  update orchestration_step st set
    state = f.state, outcome = f.outcome, outcome_kind = f.outcome_kind, labels = f.labels,
    finished_at = f.finished_at, revision = f.revision
  from doc, jsonb_to_recordset(doc.j->'finished') as f(id uuid, state text, outcome text,
    outcome_kind text, labels jsonb, finished_at timestamptz, revision int)
  where st.id = f.id and st.state = 'dispatched' returning st.id),
ok as materialized (select doc.j from doc where exists (select from finished)),
payload as ({INSERT_PAYLOADS} ok, jsonb_to_recordset(ok.j->'payloads') as {PAYLOAD_RECORD}),
entry as ({INSERT_ENTRIES} ok, jsonb_to_recordset(ok.j->'entries') as {ENTRY_RECORD})
select count(*) from finished
"""  # noqa: S608 - put together from constants of ours


class Written(Enum):
    """What became of a write."""

    COMMITTED = "committed"
    GATE_CLOSED = "gate closed"
    """The fence, the bundle or the halt epoch moved: read again, then stop or decide again."""
    REFUSED = "refused"
    """A slice, an approval or a limit was used up meanwhile: nothing was written."""
    CLASHED = "clashed"
    """Somebody wrote the same blackboard version or the same step first: nothing was written."""


@dataclass(frozen=True)
class GateKey:
    """What must still be true when the statement runs."""

    task: str
    fence: int
    bundle: int
    halt_epoch: int


_LISTS = (
    *("steps", "resumed", "finished", "consumed", "board", "messages", "payloads", "entries"),
    "notices",
)


@dataclass
class Batch:
    """Rows that travel together; each list holds records ready for JSON."""

    steps: list[Record] = field(default_factory=list)
    resumed: list[Record] = field(default_factory=list)
    finished: list[Record] = field(default_factory=list)
    consumed: list[str] = field(default_factory=list)
    board: list[Record] = field(default_factory=list)
    messages: list[Record] = field(default_factory=list)
    payloads: list[Record] = field(default_factory=list)
    entries: list[Record] = field(default_factory=list)
    notices: list[Record] = field(default_factory=list)
    charges: dict[str, int] = field(default_factory=dict)
    guards: dict[str, int] = field(default_factory=dict)
    """Revisions of limit guards that must not have moved, by key."""
    posted: dict[str, Any] = field(default_factory=dict)
    """Values by digest that were posted and are not committed yet; reads see them."""

    @property
    def decided(self) -> int:
        """How many decided steps the batch holds."""
        return len(self.steps) + len(self.resumed)

    def joined(self, other: Batch) -> Batch:
        """A new batch with the rows of both."""
        rows = {name: getattr(self, name) + getattr(other, name) for name in _LISTS}
        charges = {**other.charges, **self.charges}
        return Batch(**rows, charges=charges, guards={**other.guards, **self.guards})

    def document(self) -> str:
        """The rows as one JSON text."""
        charges = [{"id": key, "amount": amount} for key, amount in self.charges.items()]
        guards = [{"key": key, "revision": seen} for key, seen in self.guards.items()]
        rows: Record = {name: getattr(self, name) for name in _LISTS}
        rows |= {"charges": charges, "guards": guards}
        return orjson.dumps(rows, default=str).decode()


def write_steps(batch: Batch, key: GateKey) -> Written:
    """Write a batch if the gate is open; all of it or nothing.

    Inside a transaction an error aborts that transaction, so the caller must raise on anything but
    COMMITTED.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                _WRITE, [batch.document(), key.task, key.fence, key.bundle, key.halt_epoch]
            )
            gate, ok, _ = cursor.fetchone()
    except DataError as error:
        if isinstance(error.__cause__, pg.DivisionByZero):
            return Written.REFUSED
        raise
    except IntegrityError as error:
        if isinstance(error.__cause__ or error, pg.UniqueViolation):
            return Written.CLASHED
        raise
    if not gate:
        return Written.GATE_CLOSED
    return Written.COMMITTED if ok else Written.REFUSED


def finish_steps(batch: Batch) -> int:
    """Record outcomes whatever became of the attempt; returns how many steps took theirs.

    An outcome that comes after its step was marked `unknown` matches no row and is the caller's to
    record on its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [batch.document()])
        return int(cursor.fetchone()[0])
