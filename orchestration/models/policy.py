"""Policies, their versions, and the bundles that put a set of versions in force."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from orchestration.models.base import Identified, Scoped
from orchestration.models.person import Person
from orchestration.vocabulary import BundleState


class Policy(Scoped):
    """A named policy. `scope` is the unit whose admins keep it."""

    key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["key"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.key


class PolicyVersion(Identified):
    """One immutable text of a policy, as YAML."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_policy_number")
        ]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"


class Bundle(Identified):
    """A set of policy versions with a number and a hash; one bundle is active.

    `restores` is the number of the older bundle that a roll back brought back.
    """

    number = models.PositiveIntegerField(unique=True)
    hash = models.CharField(max_length=80)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in BundleState],
        default=BundleState.ACTIVE,
    )
    versions = models.ManyToManyField(PolicyVersion, related_name="bundles")
    publisher = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=400, blank=True, default="")
    published_at = models.DateTimeField(default=timezone.now)
    restores = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state=BundleState.ACTIVE),
                name="one_active_bundle",
            )
        ]

    def __str__(self) -> str:
        return f"bundle {self.number}"
