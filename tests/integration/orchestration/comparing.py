"""Holding a state rebuilt from the ledger against the tables, row by row and field by field."""

from __future__ import annotations

from typing import Any

from django.db import models

from audit import payloads
from orchestration.models import (
    Agent,
    AgentVersion,
    Annotation,
    Approval,
    BoardEntry,
    Bundle,
    Finding,
    Goal,
    Halt,
    Membership,
    Message,
    Person,
    Policy,
    PolicyDraft,
    PolicyVersion,
    Response,
    Review,
    Sample,
    Step,
    Task,
    Tool,
    Unit,
    Verdict,
    Vote,
)
from orchestration.operations.changes import APART, BULKY, board_subject, plain
from orchestration.reconstruction.state import State, Subject

KINDS: dict[str, type[models.Model]] = {
    "goal": Goal,
    "task": Task,
    "step": Step,
    "approval": Approval,
    "vote": Vote,
    "agent": Agent,
    "agent_version": AgentVersion,
    "policy": Policy,
    "policy_draft": PolicyDraft,
    "policy_version": PolicyVersion,
    "bundle": Bundle,
    "unit": Unit,
    "halt": Halt,
    "tool": Tool,
    "person": Person,
    "message": Message,
    "finding": Finding,
    "response": Response,
    "sample": Sample,
    "review": Review,
    "verdict": Verdict,
    "annotation": Annotation,
}

NO_STATE = {
    "id": "it is the subject's own name",
    "created_at": "when the row was written; the entry says when it happened",
    "measures": "an index of numbers among the arguments, derived from their payload",
    "gate_us": "how long deciding took, a measurement and no state",
    "password": "a secret",
    "last_login": "each sign-in has an entry of its own",
    "date_joined": "when the row was written",
}
"""Columns that are not rebuilt, with the reason."""

Table = dict[str, dict[str, Any]]


def tables() -> dict[str, Table]:
    """Every row of the kinds that are rebuilt, in the words of the ledger."""
    found = {kind: {str(row.pk): _row(row) for row in _all(kind)} for kind in KINDS}
    return {**found, "board": _boards(), "membership": _memberships()}


def _all(kind: str) -> Any:
    return KINDS[kind]._default_manager.all()


def _row(row: models.Model) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields]
    found = {name: plain(getattr(row, name)) for name in names if name not in NO_STATE}
    found.setdefault("revision", 1)
    if isinstance(row, Task):
        found["needs"] = sorted(need.needs.key for need in row.needs.select_related("needs"))
    if isinstance(row, Bundle):
        found["versions"] = sorted(str(key) for key in row.versions.values_list("pk", flat=True))
    return found


def _boards() -> Table:
    """The newest version of each key of each blackboard; that none is missing, revisions tell."""
    found: Table = {}
    for post in BoardEntry.objects.order_by("version"):
        names = ("goal_id", "key", "value", "labels", "step_id", "author")
        said = {name: plain(getattr(post, name)) for name in names}
        found[board_subject(post.goal_id, post.key)] = {**said, "revision": post.version}
    return found


def _memberships() -> Table:
    return {
        f"{row.person_id} {row.role} {row.unit.scope}": {"state": "held"}
        for row in Membership.objects.select_related("unit")
    }


def differences(state: State, rows: dict[str, Table]) -> list[str]:
    """What differs between the ledger and the tables, a sentence each."""
    found = list(state.gaps)
    for kind, kept in rows.items():
        told = {key: one for key, one in state.of(kind).items() if not _is_gone(one)}
        found += [f"{kind} {key} is not in the ledger" for key in sorted(kept.keys() - told.keys())]
        found += [f"{kind} {key} has no row" for key in sorted(told.keys() - kept.keys())]
        for key in sorted(kept.keys() & told.keys()):
            found += _differing(kind, key, told[key], kept[key])
    return found


def _is_gone(subject: Subject) -> bool:
    """Whether a membership was withdrawn: then it has no row any more."""
    return subject.kind == "membership" and subject.fields["state"] == "withdrawn"


def _differing(kind: str, key: str, subject: Subject, row: dict[str, Any]) -> list[str]:
    found = []
    for name, value in row.items():
        said = subject.revision if name == "revision" else subject.fields.get(name, MISSING)
        if name == "needs" and said is MISSING:
            said = []
        if not _same(name, said, value):
            found.append(f"{kind} {key} {name}: the ledger says {said!r}, the row {value!r}")
    return found


MISSING = "(nothing)"


def _same(name: str, said: Any, value: Any) -> bool:
    if name in APART and str(said).startswith("sha256:"):
        text = payloads.load(said)
        return bool(text in (value, payloads.ERASED))
    if name in BULKY and isinstance(said, str):
        return bool(payloads.load(said) == value)
    return bool(said == value)
