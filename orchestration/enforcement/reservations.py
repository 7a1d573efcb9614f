"""Reserving what a step uses from the attempt's leased slices of the goal's budgets."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.enforcement.calls import Call
from orchestration.enforcement.standing import Standing
from orchestration.models import Budget
from orchestration.operations.budgets import STEPS_A_SLICE, lease_slice
from orchestration.operations.steps import Batch


@dataclass
class _Held:
    """A slice in hand: its id and what is left of it."""

    slice_id: str
    left: int


class Reservations:
    """The slices one attempt holds. A shortage is told as a sentence; nothing is overdrawn."""

    def __init__(self, standing: Standing) -> None:
        self._attempt = standing.attempt.pk
        rows = Budget.objects.filter(owner_kind="goal", owner_id=str(standing.goal.pk))
        self._budgets = {row.measure: row for row in rows}
        self._held: dict[str, _Held] = {}

    def shortage(self, call: Call) -> str:
        """Lease what the call needs; a sentence when a budget has not enough, else empty."""
        for measure, amount in self._needs(call).items():
            held = self._held.get(measure)
            if held is not None and held.left >= amount:
                continue
            wanted = max(amount, STEPS_A_SLICE if measure == "steps" else amount)
            leased = lease_slice(
                budget=self._budgets[measure].pk,
                attempt=self._attempt,
                wanted=wanted,
                least=amount,
            )
            if leased is None:
                return f"the goal's budget of {measure} has less than {amount} left"
            self._held[measure] = _Held(str(leased.pk), leased.size)
        return ""

    def charge(self, batch: Batch, call: Call) -> None:
        """Add the call's use to the batch; `shortage` was asked just before and was empty."""
        for measure, amount in self._needs(call).items():
            held = self._held[measure]
            held.left -= amount
            batch.charges[held.slice_id] = batch.charges.get(held.slice_id, 0) + amount

    def _needs(self, call: Call) -> dict[str, int]:
        needs = {"steps": 1}
        if call.cost_minor:
            needs["money"] = call.cost_minor
        return {measure: amount for measure, amount in needs.items() if measure in self._budgets}
