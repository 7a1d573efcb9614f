"""The facts every decision may use: who could approve, and what is left of the budgets.

They inform and do not limit: what limits is charged in the deciding statement itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from orchestration.models import Budget, Membership
from orchestration.vocabulary import Role

if TYPE_CHECKING:
    from uuid import UUID

FRESH_S = 2.0
"""How long a reading is used again, in seconds: these facts only inform."""


class FactReader:
    """Reads facts for one goal and agent, and remembers them for a moment."""

    def __init__(self, goal_id: UUID, scope: str, excluded: frozenset[UUID]) -> None:
        self._goal_id, self._scope, self._excluded = goal_id, scope, excluded
        self._read_at = float("-inf")
        self._facts: dict[str, Any] = {}

    def facts(self) -> dict[str, Any]:
        """Approvers by role in the unit (goal's and agent's owner left out) and budgets left."""
        now = time.monotonic()
        if now - self._read_at > FRESH_S:
            self._facts = {"approvers": self._approvers(), "budget": self._budgets()}
            self._read_at = now
        return self._facts

    def _approvers(self) -> dict[str, int]:
        parts = self._scope.split("/")
        paths = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        rows = Membership.objects.filter(unit__scope__in=paths, person__is_active=True)
        people: dict[str, set[Any]] = {role.value: set() for role in Role}
        for role, person in rows.values_list("role", "person_id"):
            if person not in self._excluded:
                people[role].add(person)
        return {role: len(found) for role, found in people.items()}

    def _budgets(self) -> dict[str, int]:
        rows = Budget.objects.filter(owner_kind="goal", owner_id=str(self._goal_id))
        return {b.measure: b.cap - b.spent - b.leased for b in rows}
