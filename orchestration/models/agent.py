"""Agents and their immutable versions."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from orchestration.models.base import Identified, Scoped
from orchestration.models.person import Person
from orchestration.models.unit import Unit
from orchestration.vocabulary import AgentRole, AgentState, Autonomy, Risk


class Agent(Scoped):
    """A worker with a name, an owner and a current version. What it is stands in the version."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="agents")
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="owned_agents"
    )
    supervisor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="supervised"
    )
    state = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in AgentState], default=AgentState.ACTIVE
    )
    current = models.ForeignKey(
        "AgentVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class AgentVersion(Identified):
    """One immutable definition of an agent; a trigger refuses changes.

    `capabilities` and `grants` are lists of names; `model` and `limits` are JSON objects;
    `runner` names the way it is run and `handler` the registered code for it.
    """

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in AgentRole])
    instructions = models.TextField(blank=True, default="")
    capabilities = models.JSONField(default=list)
    grants = models.JSONField(default=list)
    autonomy = models.CharField(
        max_length=20, choices=[(a.value, a.value) for a in Autonomy], default=Autonomy.OBSERVE
    )
    risk_class = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Risk], default=Risk.LOW
    )
    runner = models.CharField(max_length=20, default="python")
    handler = models.CharField(max_length=120, blank=True, default="")
    handler_version = models.PositiveIntegerField(default=1)
    model = models.JSONField(default=dict, blank=True)
    limits = models.JSONField(default=dict, blank=True)
    author = models.CharField(max_length=120, blank=True, default="")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["agent", "number"], name="one_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.agent} v{self.number}"
