"""Entries in other systems' formats, each held against what its specification demands."""

from __future__ import annotations

import csv
import hashlib
import io
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
import pytest
import rfc8785

from audit.entries import Actor, Draft, row
from audit.formats import CSV_COLUMNS, AgentAuditTrail, cloudevent, csv_lines, ocsf, outcome

STAMP = '{"_":["2026-01-01T00:00:00.000000Z",1,1,"w",1],'
GOAL = "0190b0a0-0000-7000-8000-000000000000"


def said(kind: str = "step.allowed", **more: Any) -> dict[str, Any]:
    draft = Draft(
        kind=kind,
        actor=Actor("agent", more.pop("agent", "a-1"), "router"),
        subject_kind="step",
        subject_id="s-1",
        scope="demo/finance",
        goal=GOAL,
        **more,
    )
    result: dict[str, Any] = orjson.loads(STAMP + row(draft)["body"])
    return result


def test_a_cloudevent_has_what_the_specification_requires() -> None:
    entry = said(trace_id="a" * 32, span_id="b" * 16)
    event = cloudevent(entry, "signalbox/ab12")
    assert {"specversion", "id", "source", "type"} <= event.keys()
    assert event["source"] == "urn:signalbox:ab12:demo/finance"
    assert event["traceparent"] == f"00-{'a' * 32}-{'b' * 16}-01"
    assert event["data"] == entry


@pytest.mark.parametrize(
    ("kind", "decision", "expected"),
    [
        ("step.allowed", "allow", "success"),
        ("step.denied", None, "denied"),
        ("step.decided", "deny", "denied"),
        ("step.decided", "hold", "escalated"),
        ("task.failed", None, "failure"),
        ("approval.expired", None, "denied"),
    ],
)
def test_the_outcome_follows_kind_and_decision(
    kind: str, decision: str | None, expected: str
) -> None:
    assert outcome(said(kind, decision=decision)) == expected
    assert ocsf(said(kind, decision=decision))["status_id"] == (1 if expected == "success" else 2)


def test_ocsf_type_is_class_and_activity() -> None:
    record = ocsf(said())
    assert record["type_uid"] == record["class_uid"] * 100 + record["activity_id"]
    assert record["time"] > 1_600_000_000_000


def test_csv_cells_that_a_spreadsheet_would_run_are_made_text() -> None:
    lines = "".join(csv_lines([said("=cmd.run", data={"a": 'x,"y'}), said()]))
    heading, first, second = csv.reader(io.StringIO(lines))
    assert tuple(heading) == CSV_COLUMNS
    assert first[CSV_COLUMNS.index("kind")] == "'=cmd.run"
    assert orjson.loads(first[-1]) == {"a": 'x,"y'}
    assert second[0] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(("numeric", "kind"), [(True, int), (False, str)])
def test_agent_audit_trails_are_one_chain_a_session(numeric: bool, kind: type) -> None:
    trail = AgentAuditTrail(numeric=numeric)
    entries = [said(agent=agent) for agent in ("a-1", "a-2", "a-1", "a-1", "a-2")]
    records = [record for entry in entries for record in trail.records(entry)]
    assert len(records) == 7
    for session in {record["session_id"] for record in records}:
        chain = [record for record in records if record["session_id"] == session]
        assert chain[0]["action_detail"]["event"] == "session_start"
        assert (chain[0]["parent_record_id"], chain[0]["prev_hash"]) == (None, None)
        for before, after in pairwise(chain):
            assert after["parent_record_id"] == before["record_id"]
            assert after["prev_hash"] == hashlib.sha256(rfc8785.dumps(before)).hexdigest()
    assert all(isinstance(record["trust_level"], kind) for record in records)
    assert len({UUID(record["record_id"]) for record in records}) == 7
