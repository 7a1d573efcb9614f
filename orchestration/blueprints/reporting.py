"""What became of a goal, in figures: for the command line and for tests."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from audit import payloads
from audit.models import Entry
from orchestration.models import Approval, Goal, Step, Task


def report(goal: Goal) -> dict[str, Any]:
    """State and outcome, and counts of tasks, steps, decisions, approvals and ledger entries."""
    steps = Step.objects.filter(goal=goal)
    return {
        "goal": str(goal.pk),
        "state": goal.state,
        "reason": goal.reason,
        "rounds": goal.round,
        "tasks": _counts(Task.objects.filter(goal=goal), "state"),
        "steps": _counts(steps, "state"),
        "decisions": _counts(steps, "effect"),
        "approvals": _counts(Approval.objects.filter(goal=goal), "state"),
        "ledger_entries": Entry.objects.filter(goal=goal.pk).count(),
        "plan": payloads.load(goal.outcome) if goal.outcome else None,
    }


def _counts(rows: Any, field: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(field).annotate(count=Count("pk")))
