"""Frameworks with what answers each row: searches with their counts, policies, and gaps. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from console.presenters.ledger import address as ledger_address
from console.queries.controls import Counts
from orchestration.controls.catalogue import Control, Evidence, Framework

HEADING = (
    "framework", "row", "title", "asks", "evidence", "search", "entries", "policies", "missing",
    "checked on", "verified against the text",
)  # fmt: skip


def framework(
    one: Framework, counts: Counts, today: date, after: str, *, linked: bool
) -> dict[str, Any]:
    """A framework as the page shows it; `after` narrows its searches to the time shown.

    `linked` says whether the reader may open policies.
    """
    rows = [row(control, counts, after, linked=linked) for control in one.rows]
    return {
        "key": one.key,
        "title": one.title,
        "about": one.about,
        "checked_on": one.checked_on,
        "checked_against": one.checked_against,
        "verified": one.verified,
        "dates": [{"what": what, "on": on, "past": on <= today} for what, on in one.dates],
        "rows": rows,
        "answered": sum(1 for control in rows if control["total"] or control["policies"]),
    }


def row(control: Control, counts: Counts, after: str, *, linked: bool) -> dict[str, Any]:
    """One row with its counts."""
    evidence = [_evidence(one, counts, after) for one in control.evidence]
    keys = counts.policies.get(control.policies, [])
    return {
        "id": control.id,
        "title": control.title,
        "asks": control.asks,
        "evidence": evidence,
        "total": sum(one["count"] for one in evidence),
        "policies": [
            {"key": key, "url": reverse("policy", args=[key]) if linked else ""} for key in keys
        ],
        "tag": control.policies,
        "missing": control.missing,
    }


def _evidence(one: Evidence, counts: Counts, after: str) -> dict[str, Any]:
    parts = [
        {
            "query": query,
            "count": counts.of(query),
            "url": ledger_address(" ".join(filter(None, [query, after]))),
        }
        for query in one.queries
    ]
    return {"label": one.label, "parts": parts, "count": sum(part["count"] for part in parts)}


def rows(found: list[Framework], counts: Counts) -> Iterator[tuple[Any, ...]]:
    """All frameworks as rows of a table, a heading first."""
    yield HEADING
    for one in found:
        for control in one.rows:
            keys = ", ".join(counts.policies.get(control.policies, []))
            for evidence in control.evidence:
                for query in evidence.queries:
                    yield (
                        one.title, control.id, control.title, control.asks, evidence.label,
                        query or "everything", counts.of(query), keys, control.missing,
                        one.checked_on.isoformat(), "yes" if one.verified else "no",
                    )  # fmt: skip


def after_term(since: datetime | None) -> str:
    """The time shown as a search says it."""
    return f"after:{since:%Y-%m-%dT%H:%M:%S}" if since else ""
