"""Entries in the words of other systems: CloudEvents, OCSF, CSV and Agent Audit Trail; pure.

Each function turns one entry, read from its canonical text, into one record. What another format
has no place for stays out of it; the evidence bundle is the form that loses nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from audit.entries import COLUMNS, stamp

Said = dict[str, Any]
"""An entry as its body says it."""

CLOUDEVENTS = "1.0"
OCSF = "1.3.0"
"""Version of the schema whose API Activity class (6003) is written."""

_DENIED = ("denied", "refused", "rejected", "expired")
_FAILED = ("failed", "lost", "diverged")


def cloudevent(said: Said, origin: str) -> Said:
    """A CloudEvents 1.0 event in structured JSON; `source` names the ledger and the unit."""
    event = {
        "specversion": CLOUDEVENTS,
        "id": said["entry_id"],
        "source": f"urn:{origin.replace('/', ':')}:{said['scope']}",
        "type": f"signalbox.{said['kind']}",
        "time": said["occurred_at"],
        "subject": f"{said['subject_kind']}/{said['subject_id']}",
        "datacontenttype": "application/json",
        "data": said,
    }
    if "trace_id" in said:
        event["traceparent"] = f"00-{said['trace_id']}-{said.get('span_id', '0' * 16)}-01"
    return event


def ocsf(said: Said) -> Said:
    """An OCSF API Activity record: who did what to which resource, and how it ended."""
    failed = outcome(said) != "success"
    return {
        "class_uid": 6003,
        "class_name": "API Activity",
        "category_uid": 6,
        "category_name": "Application Activity",
        "activity_id": 99,
        "activity_name": said["kind"],
        "type_uid": 600399,
        "severity_id": 2 if failed else 1,
        "status_id": 2 if failed else 1,
        "time": _milliseconds(said["occurred_at"]),
        "metadata": {
            "version": OCSF,
            "uid": said["entry_id"],
            "product": {"name": "Signalbox", "vendor_name": "Signalbox"},
            "correlation_uid": said.get("goal", ""),
        },
        "actor": {"user": {"uid": said["actor_id"], "type": said["actor_kind"]}},
        "api": {"operation": said["kind"], "request": {"uid": said.get("request_id", "")}},
        "resources": [{"uid": said["subject_id"], "type": said["subject_kind"]}],
        "src_endpoint": {"name": said["scope"] or "signalbox"},
        "unmapped": said.get("data", {}),
    }


def outcome(said: Said) -> str:
    """How an entry's act ended in the words of AAT: success, failure, denied or escalated."""
    verb = str(said["kind"]).rsplit(".", 1)[-1]
    if verb in _DENIED or said.get("decision") == "deny":
        return "denied"
    if said.get("decision") == "hold" or verb == "escalated":
        return "escalated"
    return "failure" if verb in _FAILED else "success"


CSV_COLUMNS = ("recorded_at", *COLUMNS, "data")


def csv_lines(entries: Iterable[Said]) -> Iterator[str]:
    """Lines of a CSV file with a heading."""
    yield from csv_rows([CSV_COLUMNS])
    yield from csv_rows(map(_cells, entries))


def csv_rows(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows as lines of a CSV file; cells that a spreadsheet would run are made text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
        yield _taken(buffer)


def _cells(said: Said) -> list[Any]:
    data = orjson.dumps(said["data"]).decode() if "data" in said else ""
    return [stamp(said).at, *(said.get(name, "") for name in COLUMNS), data]


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell


AAT_ACTIONS = {
    "step": "tool_call",
    "approval": "decision",
    "bundle": "decision",
    "policy": "decision",
    "message": "delegation",
    "task": "delegation",
    "conflict": "escalation",
}
"""First words of our kinds, and what Agent Audit Trail calls them; all others are `lifecycle`."""


class AgentAuditTrail:
    """Records of draft-sharif-agent-audit-trail, one linear chain a session (a goal's agent).

    Two readers of the drafts disagree on the type of `trust_level`; `numeric` chooses integers.
    `prev_hash` is the SHA-256 of the record before in RFC 8785 form, which sorted keys without
    floats already are.
    """

    def __init__(self, *, numeric: bool = False, trust: int = 2) -> None:
        self.trust: int | str = trust if numeric else f"L{trust}"
        self._last: dict[str, tuple[str, str]] = {}

    def records(self, said: Said) -> Iterator[Said]:
        """The record of an entry, after the record that opens its session if it is the first."""
        session = f"{said.get('goal', 'ledger')}:{said['actor_id']}"
        if session not in self._last:
            yield self._chained(session, said, "session_start", "concurrent")
        yield self._chained(session, said, said["kind"], "post_execution")

    def _chained(self, session: str, said: Said, kind: str, phase: str) -> Said:
        opening = session not in self._last
        parent, previous = self._last.get(session, (None, None))
        identifier = _derived(said["entry_id"]) if opening else said["entry_id"]
        record = {
            "record_id": identifier,
            "timestamp": said["occurred_at"][:23] + "Z",
            "agent_id": said["actor_id"],
            "agent_version": str(said.get("data", {}).get("version", "1")),
            "session_id": session,
            "action_type": "lifecycle" if opening else _action(said),
            "action_detail": _detail(said, kind),
            "outcome": "success" if opening else outcome(said),
            "trust_level": self.trust,
            "parent_record_id": parent,
            "prev_hash": previous,
            "record_phase": phase,
        }
        text = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
        self._last[session] = (identifier, hashlib.sha256(text).hexdigest())
        return record


def _detail(said: Said, kind: str) -> Said:
    return {
        "event": kind,
        "subject": f"{said['subject_kind']}/{said['subject_id']}",
        "scope": said["scope"],
        "cause": said.get("parent"),
    }


def _action(said: Said) -> str:
    if outcome(said) == "failure":
        return "error"
    return AAT_ACTIONS.get(str(said["kind"]).split(".", 1)[0], "lifecycle")


def _derived(entry_id: str) -> str:
    """An identifier for a session's opening record, which no entry stands for (UUID version 8)."""
    digest = hashlib.sha256(f"session:{entry_id}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
