"""Looking at the ledger is itself an act: entries for reading, exporting and verifying it.

A reader is recorded once per person, query and ten minutes, so that a live tail does not feed
itself.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone

from audit import ledger
from audit.bundles import Exported
from audit.canonical import instant
from audit.entries import Actor, Draft
from audit.models import Entry
from audit.reading import Filters

QUIET = timedelta(minutes=10)
"""How long one person's repeated reading of one query counts as one look."""


def record_reading(actor: Actor, scopes: list[str], filters: Filters, screen: str) -> str | None:
    """Record that somebody looked; None if the same look was recorded within ten minutes."""
    query = said(filters)
    digest = hashlib.sha256(
        orjson.dumps([screen, sorted(scopes), query], option=orjson.OPT_SORT_KEYS)
    ).hexdigest()[:24]
    recent = Entry.objects.filter(
        actor_id=actor.id,
        kind="ledger.read",
        subject_id=digest,
        recorded_at__gte=timezone.now() - QUIET,
    )
    if recent.exists():
        return None
    with ledger.transaction():
        return ledger.append(
            Draft(
                kind="ledger.read",
                actor=actor,
                subject_kind="ledger_query",
                subject_id=digest,
                scope=_common(scopes),
                data={"screen": screen, "query": query, "scopes": sorted(scopes)},
            )
        )


def record_export(actor: Actor, filters: Filters, made: Exported, scope: str = "") -> str:
    """Record that evidence was taken away."""
    with ledger.transaction():
        return ledger.append(
            Draft(
                kind="ledger.exported",
                actor=actor,
                subject_kind="ledger",
                subject_id="log",
                scope=scope,
                data={"query": said(filters), "entries": made.entries, "size": made.size},
            )
        )


def said(filters: Filters) -> dict[str, Any]:
    """Filters as an entry says them: what was asked for and nothing else."""
    given: dict[str, Any] = {}
    for name, value in vars(filters).items():
        if value:
            given[name] = instant(value) if name in ("since", "until") else value
    return given


def _common(scopes: list[str]) -> str:
    """The one unit, or none if there are several."""
    return scopes[0] if len(scopes) == 1 else ""
