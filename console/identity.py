"""Who a session belongs to: people whose account is active and whose time has not run out.

Django asks this at sign-in and for each request of an open session, so an account that is for a
time only ends by itself everywhere at once.
"""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from orchestration.models import Person


class Accounts(ModelBackend):
    """People by name and password."""

    def user_can_authenticate(self, user: Person | AnonymousUser | None) -> bool:
        """Whether the account may be used now."""
        return isinstance(user, Person) and user.is_admitted
