"""One entry of the ledger as its drawer shows it: columns, payload, what led to it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from audit import reading
from audit.entry_checks import Check
from audit.models import Entry
from audit.payloads import ERASED
from console.presenters import formats
from console.presenters.approvals import masked_paths
from console.presenters.ledger import DECISIONS, actor, subject
from console.queries.ledger import Names, Opened
from orchestration.policy.labels import leaves

MOST_FIELDS = 60
LONGEST = 600
Link = Callable[[object], str]
"""Given the entry_id of an entry: the address that shows it."""


def drawer(found: Opened, names: Names, link: Link) -> dict[str, Any]:
    """One entry with what caused it, its payload and its canonical body."""
    entry = found.entry
    index = names.indexes.get(entry.id)
    key = entry.entry_id
    goal = entry.goal if entry.goal in names.goals else None
    return {
        "id": entry.id,
        "key": str(key),
        "index": index,
        "kind": entry.kind,
        "sealed": index is not None,
        "sentence": f"{actor(entry, names)}, {subject(entry, names)}",
        "at": entry.recorded_at,
        "evidence_url": reverse("entry-evidence", args=[key]),
        "proof_url": reverse("entry-proof", args=[key]) if index is not None else "",
        "receipt_url": reverse("entry-receipt", args=[key]),
        "verify_url": f"{link(key)}&verify=1",
        "flow_url": reverse("flow", args=[goal]) if goal else "",
        "why_url": reverse("decision", args=[entry.subject_id])
        if entry.subject_kind == "step" and entry.subject_id in names.subjects
        else "",
        "moment_url": f"{reverse('reconstruct')}?goal={goal}&at={entry.id}" if goal else "",
        "cause": cause(found, names, link),
        "fields": fields(found.payload),
        "fault": found.fault,
        "columns": columns(entry, names),
        "body": reading.body(entry),
    }


def answers(checks: Sequence[Check], now: datetime) -> dict[str, Any]:
    """What the server answered when it checked an entry, for readers without script."""
    return {
        "lines": [{"text": one.text, "passed": one.passed} for one in checks],
        "intact": all(one.passed is not False for one in checks),
        "at": now,
    }


def cause(found: Opened, names: Names, link: Link) -> list[dict[str, Any]]:
    """From the person and the goal down to the entry itself, in the order in which it happened."""
    chain = sorted({one.id: one for one in (*found.causes, found.entry)}.values(), key=_order)
    steps = [_link(one, names, link, current=one is found.entry) for one in chain]
    return [*_origin(found, names), *steps] if len(chain) > 1 else []


def _order(entry: Entry) -> int:
    return int(entry.id)


def _origin(found: Opened, names: Names) -> list[dict[str, Any]]:
    """The person who gave the goal, before everything else."""
    opening = next((one for one in found.causes if one.kind == "goal.opened"), None)
    if opening is None or opening.actor_kind != "person":
        return []
    given = names.goals.get(opening.goal, "") if opening.goal else ""
    return [
        {
            "person": True,
            "kind": actor(opening, names),
            "index": None,
            "url": "",
            "text": f"Gave the goal {given}".rstrip(),
            "effect": "",
            "current": False,
        }
    ]


def _link(entry: Entry, names: Names, link: Link, *, current: bool) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "index": names.indexes.get(entry.id),
        "url": "" if current else link(entry.entry_id),
        "text": f"{actor(entry, names)}, {subject(entry, names)}",
        "effect": entry.outcome if entry.outcome in DECISIONS else "",
        "current": current,
        "person": False,
        "by_person": entry.actor_kind == "person",
    }


def fields(payload: Any) -> list[dict[str, Any]]:
    """The leaves of the payload; secrets are masked, erased ones are said to be erased."""
    hidden = set(masked_paths(payload))
    return [
        {
            "name": path or "value",
            "value": formats.masked(str(value)) if path in hidden else str(value)[:LONGEST],
            "mono": not isinstance(value, str),
            "masked": path in hidden,
            "erased": value == ERASED,
        }
        for path, value in list(leaves(payload))[:MOST_FIELDS]
        if payload is not None
    ]


def columns(entry: Entry, names: Names) -> list[dict[str, Any]]:
    """Its columns: who, about what, where, and how it is found again."""
    goal = names.goals.get(entry.goal, str(entry.goal)) if entry.goal else ""
    pairs = [
        ("Entry", str(entry.entry_id), True, ""),
        ("Actor", f"{actor(entry, names)} ({entry.actor_kind})", False, ""),
        ("Subject", f"{entry.subject_kind} {entry.subject_id}", True, ""),
        ("Revision", str(entry.revision or ""), False, ""),
        ("Unit", entry.scope or "the whole installation", False, ""),
        (
            "Goal",
            goal,
            False,
            reverse("flow", args=[entry.goal]) if entry.goal in names.goals else "",
        ),
        ("Outcome", entry.outcome or "", False, ""),
        ("Leaf", bytes(entry.leaf_hash).hex(), True, ""),
    ]
    return [
        {"name": name, "value": value, "mono": mono, "url": url}
        for name, value, mono, url in pairs
        if value
    ]
