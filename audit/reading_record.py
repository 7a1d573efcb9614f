"""Taking evidence away is itself an act: the entry for an export, and what was asked for."""

from __future__ import annotations

from typing import Any

from audit import ledger, payloads
from audit.bundles import Exported
from audit.canonical import instant
from audit.entries import Actor, Draft
from audit.reading import Filters


def record_export(actor: Actor, filters: Filters, made: Exported, scope: str = "") -> str:
    """Record that evidence was taken away. What was asked for may name people: it is a payload."""
    with ledger.transaction():
        query = payloads.store({"query": said(filters)})
        return ledger.append(
            Draft(
                kind="ledger.exported",
                actor=actor,
                subject_kind="ledger",
                subject_id="log",
                scope=scope,
                payload=query,
                data={"entries": made.entries, "size": made.size},
            )
        )


def said(filters: Filters) -> dict[str, Any]:
    """Filters as an entry says them: what was asked for and nothing else."""
    given: dict[str, Any] = {}
    for name, value in vars(filters).items():
        if value:
            given[name] = instant(value) if name in ("since", "until") else value
    return given
