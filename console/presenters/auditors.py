"""Accounts of outside auditors as their page shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from console.presenters.ledger import address as ledger_address
from orchestration.models import Membership


def rows(found: Sequence[Membership]) -> list[dict[str, Any]]:
    """A line for each account."""
    return [_row(one) for one in found]


def _row(one: Membership) -> dict[str, Any]:
    person = one.person
    return {
        "id": str(person.pk),
        "name": str(person),
        "username": person.username,
        "scope": one.unit.scope,
        "ends_at": person.ends_at,
        "open": person.is_admitted,
        "why_ended": "" if person.is_admitted else _why(one),
        "last_login": person.last_login,
        "act_url": reverse("auditor-act", args=[person.pk]),
        "did_url": ledger_address(f"actor:{person.pk}"),
    }


def _why(one: Membership) -> str:
    ended_early = one.person.ends_at is None or not one.person.is_over
    return "revoked" if ended_early else "its time ran out"
