"""Looking and taking evidence away are acts: their entries, and what was asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from audit import ledger, payloads
from audit.bundles import Exported
from audit.canonical import instant
from audit.entries import Actor, Draft
from audit.models import Entry
from audit.reading import Filters

READ = "ledger.read"
AGAIN = timedelta(minutes=10)
"""The same actor asking the same within this time counts once, so a live tail feeds no tail."""


def record_reading(actor: Actor, subject: str, query: str, found: int, scope: str = "") -> bool:
    """Record that somebody read the ledger; returns whether it was recorded or lately already.

    `subject` names the query in the entry; `query` itself may name people and is a payload.
    `found` is how many entries were shown.
    """
    lately = Entry.objects.filter(
        subject_id=subject,
        kind=READ,
        actor_id=actor.id,
        recorded_at__gte=timezone.now() - AGAIN,
    )
    if lately.exists():
        return False
    with ledger.transaction():
        said = payloads.store({"query": query})
        told = {"found": found}
        ledger.append(Draft(READ, actor, "ledger", subject, scope, payload=said, data=told))
    return True


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
