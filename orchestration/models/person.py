"""People who sign in, and the roles they hold in units."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from audit.identifiers import new_id
from orchestration.models.unit import Unit
from orchestration.vocabulary import Role


class Person(AbstractUser):
    """Somebody who can sign in; until `ends_at`, if the account is for a time only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    display_name = models.CharField(max_length=120, blank=True, default="")
    time_zone = models.CharField(max_length=60, default="UTC")
    ends_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_admitted(self) -> bool:
        """Whether the account may be used now: it is active and its time has not run out."""
        return self.is_active and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the account was for a time that has run out."""
        return self.ends_at is not None and self.ends_at <= timezone.now()


class Membership(models.Model):
    """A role held in a unit; it holds for the units below as well."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "unit", "role"], name="one_role_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} is {self.role} in {self.unit}"
