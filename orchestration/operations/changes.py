"""How an operation writes: a row and its ledger entry together, guarded by the row's revision.

`create` and `change` are the two ways to write an aggregate outside the step's own statement. Both
put every field they set into the entry's body, so that any past state can be rebuilt from entries.
Free text that people or agents wrote may hold personal data: it goes to the payload store and the
body holds its digest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import models

from audit import ledger, payloads
from audit.canonical import LARGEST_INTEGER
from audit.digests import Digest, stored
from audit.entries import Actor, Draft
from orchestration import lifecycle
from orchestration.errors import IllegalTransition, StaleWrite

Row = TypeVar("Row", bound=models.Model)

SYSTEM = Actor("system", "signalbox", "Signalbox")

FREE_TEXT = frozenset(
    {
        *("reason", "objective", "error", "instructions", "source", "display_name"),
        *("destination", "label", "query", "note", "remark"),
    }
)
"""Fields whose text goes to the payload store."""

NAMES = frozenset({"username", "display_name", "first_name", "last_name", "email"})
"""Fields of a person that name them: kept under their own key."""

AUTHOR = "author"
"""The field that names whoever acted; of a person it is kept under their own key."""

APART = FREE_TEXT | NAMES | {AUTHOR}
"""Fields of which entries may hold the digest of a payload in place of the text."""

BULKY = frozenset({"labels", "input_labels", "result_labels", "award", "clauses"})
"""Fields that may outgrow an entry's body; entries hold the digest of a payload of large ones."""

MOST_INLINE = 4_000
"""Bytes of such a field that stay in the body."""

DIGESTS = frozenset(
    {
        *("brief", "outcome", "input", "result", "evidence", "arguments", "decision_input"),
        *("preview", "value", "body", "considered", "report"),
    }
)
"""Columns of text that hold nothing but digests of payloads."""

DIGESTS_BY_KEY = "texts"
"""The field that holds digests of payloads by key."""

UNRECORDED = frozenset({"password", "last_login", "created_at"})
"""Fields that are no part of the rebuilt state, or secrets."""


def plain(value: Any) -> Any:
    """The value within the ledger's canonical profile: dates, ids, floats, huge numbers as text.

    Keys have the escapes of Python's `unicode_escape`, since the profile's keys are ASCII.
    """
    if isinstance(value, dict):
        return {_ascii(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, Digest):
        return value
    if isinstance(value, UUID | Decimal | str):
        return str(value)
    if isinstance(value, models.Model):
        return str(value.pk)
    return _number(value) if isinstance(value, int | float) else value


def _number(value: float) -> Any:
    if isinstance(value, float):
        return repr(value)
    return str(value) if abs(value) > LARGEST_INTEGER else value


def _ascii(key: str) -> str:
    return key.encode("unicode_escape").decode("ascii")


def recorded_fields(
    fields: dict[str, Any], personal: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What an entry says of fields that were set; free text by its digest.

    `personal` names fields that are somebody's personal data, and whose.
    """
    said: dict[str, Any] = {}
    owners = personal or {}
    for name, value in fields.items():
        if name in UNRECORDED:
            continue
        if name in owners and value:
            said[name] = payloads.store(str(value), personal={"": owners[name]})
        elif name in FREE_TEXT and value:
            said[name] = payloads.store(str(value))
        elif is_bulky(name, value):
            said[name] = payloads.store(plain(value))
        else:
            said[name] = _digests(name, plain(value))
    return said


def _digests(name: str, value: Any) -> Any:
    """What a column holds, known as digests where it holds nothing else."""
    if name in DIGESTS and isinstance(value, str):
        return stored(value)
    if name == DIGESTS_BY_KEY:
        return {key: stored(digest) for key, digest in value.items()}
    return value


def is_bulky(name: str, value: Any) -> bool:
    """Whether a field is so large that its entry holds the digest of a payload in its place."""
    return name in BULKY and bool(value) and len(orjson.dumps(plain(value))) > MOST_INLINE


def owners_of(row: models.Model, actor: Actor) -> dict[str, str]:
    """Fields of a row that are somebody's personal data, and whose."""
    found = dict.fromkeys(NAMES, str(row.pk)) if kind_of(row) == "person" else {}
    return {**found, AUTHOR: actor.id} if actor.kind == "person" else found


def board_subject(goal: Any, key: str) -> str:
    """How the ledger names a key of a goal's blackboard, whose versions are its revisions."""
    return f"{goal} {key}"


def kind_of(row: models.Model) -> str:
    """The word for a row's kind in the ledger, such as `task` or `policy_draft`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(row).__name__).lower()


def record(kind: str, row: models.Model, actor: Actor, **options: Any) -> str:
    """Append an entry about a row as it now is; options as in audit.entries.Draft."""
    goal = options.pop("goal", None) or _goal_of(row)
    return ledger.append(
        Draft(
            kind=kind,
            actor=actor,
            subject_kind=options.pop("subject_kind", kind_of(row)),
            subject_id=options.pop("subject_id", str(row.pk)),
            scope=options.pop("scope", None) or getattr(row, "scope", ""),
            revision=options.pop("revision", getattr(row, "revision", None)),
            goal=str(goal) if goal else None,
            **options,
        )
    )


def _goal_of(row: models.Model) -> Any:
    return row.pk if kind_of(row) == "goal" else getattr(row, "goal_id", None)


def create(row: Row, kind: str, actor: Actor, **options: Any) -> Row:
    """Insert a new row and append its entry, whose body holds every field.

    What never changes has no column for its revision; its one entry says 1.
    """
    options.setdefault("revision", getattr(row, "revision", 1))
    row.save(force_insert=True)
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    fields.pop("id", None)
    extra = options.pop("data", {})
    said = recorded_fields(fields, owners_of(row, actor))
    record(kind, row, actor, data={**extra, "set": said}, **options)
    return row


def change(
    row: Row, kind: str, actor: Actor, /, *, entry: dict[str, Any] | None = None, **fields: Any
) -> Row:
    """Change a row if nobody else has, raise its revision, and append the entry.

    Raises:
        IllegalTransition: `state` is among the fields and the move is not legal.
        StaleWrite: somebody changed the row since it was read.
    """
    options = dict(entry or {})
    extra = options.pop("data", {})
    conditions: dict[str, Any] = {"pk": row.pk, "revision": row.revision}  # type: ignore[attr-defined]
    if "state" in fields:
        lifecycle.require(kind_of(row), row.state, fields["state"])  # type: ignore[attr-defined]
        conditions["state"] = row.state  # type: ignore[attr-defined]
    revision = row.revision + 1  # type: ignore[attr-defined]
    changed = type(row)._default_manager.filter(**conditions).update(revision=revision, **fields)
    if not changed:
        _explain_refusal(row, fields)
    for name, value in fields.items():
        setattr(row, name, value)
    row.revision = revision  # type: ignore[attr-defined]
    said = recorded_fields(_columns(row, fields), owners_of(row, actor))
    record(kind, row, actor, data={**extra, "set": said}, **options)
    return row


def _columns(row: models.Model, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        row._meta.get_field(name).attname: value  # type: ignore[union-attr]
        for name, value in fields.items()
    }


def _explain_refusal(row: models.Model, fields: dict[str, Any]) -> None:
    found = type(row)._default_manager.filter(pk=row.pk).values().first()
    if found is None:
        raise StaleWrite(f"the {kind_of(row)} is gone")
    if "state" in fields and found["state"] != row.state:  # type: ignore[attr-defined]
        raise IllegalTransition(f"the {kind_of(row)} is already {found['state']}")
    raise StaleWrite(f"the {kind_of(row)} was changed meanwhile; look again")
