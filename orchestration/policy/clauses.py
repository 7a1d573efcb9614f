"""Whether the answers people gave meet what the holding rules asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

Clause = Mapping[str, Any]
"""What a holding rule asks for: `policy`, `rule`, `roles` (any of them counts) and `quorum`."""


@dataclass(frozen=True)
class Cast:
    """One approving answer: who gave it, and the roles they held in the unit when they did."""

    person: str
    roles: frozenset[str]


def can_count(clause: Clause, roles: Set[str]) -> bool:
    """Whether somebody holding these roles can help to meet the clause."""
    return bool(set(clause["roles"]) & roles)


def people_counted(clause: Clause, casts: Iterable[Cast]) -> int:
    """How many different people's answers count towards the clause."""
    return len({cast.person for cast in casts if can_count(clause, cast.roles)})


def is_met(clause: Clause, casts: Iterable[Cast]) -> bool:
    """Whether enough different people have approved."""
    return people_counted(clause, casts) >= int(clause["quorum"])


def all_met(clauses: Iterable[Clause], casts: Iterable[Cast]) -> bool:
    """Whether every clause is met; several holds must all be met. No clause meets nothing."""
    given = list(casts)
    wanted = list(clauses)
    return bool(wanted) and all(is_met(clause, given) for clause in wanted)
