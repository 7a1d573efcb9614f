"""Recording that evidence was taken away: who, in which form, by which search, how many entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit import ledger, payloads
from audit.entries import Draft
from orchestration.access.roles import READING, scopes_for
from orchestration.models import Person
from orchestration.operations.people import actor_for


@dataclass(frozen=True)
class Taken:
    """What is taken away.

    Attributes:
        form: word of the format. query: the search as it was typed; empty for everything.
        scopes: the units it was taken from. entries: how many match at this moment.
        warning: why the ledger does not verify now; empty if it does.
    """

    form: str
    query: str
    scopes: Sequence[str]
    entries: int
    warning: str = ""


def note_export(*, person: Person, taken: Taken) -> str:
    """Record an export before it begins; returns the entry's id.

    The query may name people, so it goes to the payload store.
    """
    homes = [*taken.scopes] if len(taken.scopes) == 1 else scopes_for(person, *READING)
    with ledger.transaction():
        said = payloads.store({"query": taken.query, "warning": taken.warning})
        return ledger.append(
            Draft(
                kind="ledger.exported",
                actor=actor_for(person),
                subject_kind="ledger",
                subject_id="log",
                scope=homes[0] if homes else "",
                payload=said,
                data={
                    "form": taken.form,
                    "entries": taken.entries,
                    "scopes": sorted(taken.scopes),
                    "verified": not taken.warning,
                },
            )
        )
