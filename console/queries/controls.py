"""What the page of controls reads: entries by kind in one pass, and policies by control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count

from audit import queries, reading
from audit.reading import Filters
from console.queries.policies import in_force
from orchestration.access.roles import ledger_scopes
from orchestration.models import Person


@dataclass(frozen=True)
class Counts:
    """Entries of a time by (kind, outcome or empty), and policies in force by control tag."""

    entries: Mapping[tuple[str, str], int]
    policies: Mapping[str, list[str]]

    def of(self, query: str) -> int:
        """How many entries a search finds that asks for kinds and decisions only."""
        filters, _ = queries.filters_of(queries.read(query), datetime.min.replace(tzinfo=UTC))
        return sum(
            count
            for (kind, outcome), count in self.entries.items()
            if _fits(filters, kind, outcome)
        )


def _fits(filters: Filters, kind: str, outcome: str) -> bool:
    asked = not filters.kinds or any(_is(kind, wanted) for wanted in filters.kinds)
    left_out = any(_is(kind, unwanted) for unwanted in filters.not_kinds)
    return asked and not left_out and filters.outcome in ("", outcome)


def _is(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith(".*") else kind == wanted


def counts(person: Person, since: datetime | None) -> Counts:
    """Read both as the person may see them."""
    found = reading.matching(ledger_scopes(person), Filters(since=since)).order_by()
    rows = found.values_list("kind", "outcome").annotate(total=Count("id"))
    entries = Counter({(kind, outcome or ""): total for kind, outcome, total in rows})
    return Counts(entries, _policies(person))


def _policies(person: Person) -> dict[str, list[str]]:
    active = in_force(person)
    tagged: dict[str, list[str]] = {}
    for policy in active.policies if active else []:
        for tag in policy.controls:
            tagged.setdefault(tag, []).append(policy.key)
    return {tag: sorted(keys) for tag, keys in tagged.items()}
