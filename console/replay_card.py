"""The card of one replay, shown on its own page and on that of its draft."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from console.presenters import policy_outcomes
from console.presenters import policy_replays as shown
from console.queries.policy_outcomes import with_rows
from orchestration.access.governing import may_review
from orchestration.models import Person, PolicyReplay
from orchestration.operations.policy_replays import result


def replay_card(person: Person, row: PolicyReplay) -> dict[str, Any]:
    """Context of replays/card.html: how far it is, and what it found so far."""
    context: dict[str, Any] = {
        "replay": shown.row(row, timezone.now()),
        "may_cancel": may_review(person, row.scope),
    }
    if row.done:
        found = result(row)
        context |= {
            "outcome": policy_outcomes.between(with_rows(person, found.tally)),
            "costs": shown.costs(found),
            "coverage": shown.coverage(found) if row.state == "done" else None,
        }
    return context
