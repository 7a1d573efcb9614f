"""What an entry says: drafts, and the one place that turns a draft into a row of the ledger; pure.

A row travels either in the buffer of `ledger.transaction()` or inside a caller's own statement
(`INSERT_ENTRIES ... from doc, jsonb_to_recordset(...) as ENTRY_RECORD`). Both get their body here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from audit.canonical import canonical, instant
from audit.digests import stored, told
from audit.errors import ProfileViolation
from audit.identifiers import new_id

ACTOR_KINDS = frozenset({"person", "agent", "system", "service"})


@dataclass(frozen=True)
class Actor:
    """Who acted. The name of a person is personal, so it never enters a body: the id stands for it.

    Attributes:
        kind: `person`, `agent`, `system` or `service`.
        id: stable identifier within the kind.
        name: what readers call it; kept for anything but people.
    """

    kind: str
    id: str
    name: str = ""


@dataclass(frozen=True)
class Draft:
    """An entry before it is written.

    Attributes:
        kind: what happened, dotted and in the past tense: `approval.granted`.
        subject_kind, subject_id: what it happened to.
        scope: path of the unit at the time of the act, such as `demo/finance/eu`; readers see
            their units only.
        revision: the subject's revision after the act, so that its state can be rebuilt.
        parent: entry_id of the cause. decision: id or effect of the decision behind the act.
        on_behalf_of: id of the person for whom the actor acted.
        occurred_at: when it happened, if that is not now; the database adds when it was recorded.
        payload: salted digest from `audit.payloads`.
        data: further facts within the canonical profile; no personal data.
    """

    kind: str
    actor: Actor
    subject_kind: str
    subject_id: str
    scope: str
    revision: int | None = None
    goal: str | None = None
    parent: str | None = None
    decision: str | None = None
    on_behalf_of: str | None = None
    occurred_at: datetime | None = None
    outcome: str = ""
    request_id: str = ""
    trace_id: str = ""
    span_id: str = ""
    payload: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


COLUMNS: dict[str, str] = {
    "entry_id": "uuid",
    "occurred_at": "timestamptz",
    "kind": "text",
    "actor_kind": "text",
    "actor_id": "text",
    "actor_name": "text",
    "on_behalf_of": "text",
    "subject_kind": "text",
    "subject_id": "text",
    "revision": "bigint",
    "scope": "text",
    "goal": "uuid",
    "parent": "uuid",
    "decision": "text",
    "outcome": "text",
    "request_id": "text",
    "trace_id": "text",
    "span_id": "text",
    "payload": "text",
}
"""Columns that repeat what the body says, with their types; each is compared when verifying."""

STAMPED = ("at", "id", "number", "writer", "xid")
"""What the database puts first in each body, in this order."""

REQUIRED = frozenset({"kind", "actor_kind", "actor_id", "subject_kind", "subject_id"})

_WRITTEN = [*COLUMNS, "body"]
ENTRY_RECORD = f"e({', '.join(f'{n} {t}' for n, t in {**COLUMNS, 'body': 'text'}.items())})"
"""The record definition for `jsonb_to_recordset`."""

_SOURCES = ", ".join(
    "decode(substr(e.payload, 8), 'hex')" if name == "payload" else f"e.{name}" for name in _WRITTEN
)
INSERT_ENTRIES = f"insert into audit_entry ({', '.join(_WRITTEN)}) select {_SOURCES} from"
"""Followed by the caller's from-clause, in which the rows are called `e`."""


@dataclass(frozen=True)
class Stamp:
    """What the database adds to a body when an entry is inserted.

    Attributes:
        at: when it was recorded. id, xid: under which id and in which transaction.
        number, writer: as which of its own entries the writing session counted it.
    """

    at: str
    id: int
    number: int
    writer: str
    xid: int


def stamp(said: dict[str, Any]) -> Stamp:
    """The stamp of an entry as its body says it: a list, or in entries of old an object.

    Raises KeyError, TypeError or ValueError if there is none.
    """
    given = said["_"]
    values = given if type(given) is list else [given[name] for name in STAMPED]
    at, identifier, number, writer, xid = values
    return Stamp(str(at), int(identifier), int(number), str(writer), int(xid))


def row(draft: Draft) -> dict[str, Any]:
    """The row of a draft, ready for `jsonb_to_recordset`: every column, and the body.

    The body holds each column under the column's name; what is absent is left out. It travels
    without its opening brace: the database puts `{"_":[…],` before it, see `Stamp`. Only digests
    that the payload store gave out stand in it as digests, see `audit.digests`.

    Raises:
        ProfileViolation: something required is empty, or `data` is outside the profile.
    """
    actor = draft.actor
    if actor.kind not in ACTOR_KINDS:
        raise ProfileViolation(f"{actor.kind!r} is no kind of actor")
    columns: dict[str, Any] = {
        "entry_id": str(new_id()),
        "occurred_at": instant(draft.occurred_at or datetime.now(UTC)),
        "kind": draft.kind,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": None if actor.kind == "person" else actor.name or None,
        "on_behalf_of": draft.on_behalf_of or None,
        "subject_kind": draft.subject_kind,
        "subject_id": draft.subject_id,
        "revision": draft.revision,
        "scope": draft.scope,
        "goal": _identifier("goal", draft.goal),
        "parent": _identifier("parent", draft.parent),
        "decision": draft.decision or None,
        "outcome": draft.outcome or None,
        "request_id": draft.request_id or None,
        "trace_id": draft.trace_id or None,
        "span_id": draft.span_id or None,
        "payload": stored(draft.payload) if draft.payload else None,
    }
    for name in REQUIRED:
        if not columns[name]:
            raise ProfileViolation(f"an entry needs its {name}")
    columns = told(columns)
    body = {name: value for name, value in columns.items() if value is not None}
    if draft.data:
        body["data"] = told(draft.data)
    columns["body"] = canonical(body)[1:].decode()
    return columns


def _identifier(name: str, value: str | None) -> str | None:
    if not value:
        return None
    try:
        return str(UUID(value))
    except ValueError:
        raise ProfileViolation(f"{name} {value!r} is no identifier") from None
