"""Goals: what people want done, under which constraints and with which budget."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Identified, Scoped
from orchestration.models.person import Person
from orchestration.models.unit import Unit
from orchestration.vocabulary import GoalState


class Goal(Scoped):
    """An objective that agents work on. `outcome` and `brief` are digests in the payload store.

    `planner` and `evaluator` name capabilities; `round` counts plans judged, at most `max_rounds`.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="goals")
    requested_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="goals"
    )
    title = models.CharField(max_length=200)
    objective = models.TextField()
    criteria = models.JSONField(default=list)
    constraints = models.JSONField(default=dict)
    pattern = models.CharField(max_length=20, default="central")
    priority = models.PositiveSmallIntegerField(default=3)
    blueprint = models.CharField(max_length=60, blank=True, default="")
    template = models.CharField(max_length=60, blank=True, default="")
    planner = models.CharField(max_length=120)
    evaluator = models.CharField(max_length=120, blank=True, default="")
    brief = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in GoalState], default=GoalState.RUNNING
    )
    round = models.PositiveSmallIntegerField(default=1)
    max_rounds = models.PositiveSmallIntegerField(default=3)
    deadline = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, default="")
    outcome = models.CharField(max_length=80, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "-created_at"], name="goal_by_state"),
        ]

    def __str__(self) -> str:
        return self.title


class Budget(Identified):
    """How much of one measure a goal, agent or unit may use. `leased` lies in attempts' slices.

    Measures: `steps` (count), `money` (minor units), `tokens` (count), `seconds`.
    """

    owner_kind = models.CharField(max_length=20)
    owner_id = models.CharField(max_length=80)
    measure = models.CharField(max_length=20)
    cap = models.BigIntegerField()
    spent = models.BigIntegerField(default=0)
    leased = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "measure"], name="one_budget_a_measure"
            ),
            models.CheckConstraint(
                condition=models.Q(spent__gte=0)
                & models.Q(leased__gte=0)
                & models.Q(cap__gte=models.F("spent") + models.F("leased")),
                name="budget_never_overshoots",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} of {self.owner_kind} {self.owner_id}"


class Slice(Identified):
    """Part of a budget leased to one attempt; its steps reserve from it, the rest goes back."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="slices")
    attempt = models.ForeignKey(
        "orchestration.Attempt", on_delete=models.CASCADE, related_name="slices"
    )
    size = models.BigIntegerField()
    used = models.BigIntegerField(default=0)
    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used__gte=0) & models.Q(used__lte=models.F("size")),
                name="slice_never_overshoots",
            )
        ]
        indexes = [
            models.Index(
                fields=["attempt"], condition=models.Q(closed=False), name="slice_open_by_attempt"
            )
        ]

    def __str__(self) -> str:
        return f"{self.used} of {self.size}"
