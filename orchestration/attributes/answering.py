"""How long people took to answer requests for approval, measured from their answers.

A person can begin on a request when it is open and when they are done with the one before: the time
from the later of the two to the answer is what the answer took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.db import connection

from orchestration.policy.forecast import ENOUGH, Forecast, forecast, together
from orchestration.policy.past import Asked

LOOKED_AT = 5_000
"""Latest answers that are measured."""

_ANSWERS = """
with answers as (
  select v.created_at as at, a.created_at as opened, a.clauses,
    lag(v.created_at) over (partition by v.person_id order by v.created_at) as before
  from orchestration_vote v join orchestration_approval a on a.id = v.approval_id
  where %(everything)s or exists (
    select from jsonb_array_elements_text(%(scopes)s::jsonb) u
    where a.scope = u or starts_with(a.scope, u || '/'))
  order by v.created_at desc limit %(most)s)
select extract(epoch from at - greatest(opened, coalesce(before, opened)))::float8, clauses
from answers
"""


@dataclass(frozen=True)
class Answer:
    """One answer: the seconds it took, the rules that asked for it and the roles they asked."""

    seconds: float
    rules: frozenset[str]
    roles: frozenset[str]


def answers(scopes: Sequence[str]) -> list[Answer]:
    """The latest answers in these units and below; the unit "" stands for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ANSWERS,
            {
                "scopes": orjson.dumps(list(scopes)).decode(),
                "everything": "" in scopes,
                "most": LOOKED_AT,
            },
        )
        rows = cursor.fetchall()
    found = []
    for seconds, said in rows:
        clauses = orjson.loads(said) if isinstance(said, str) else said
        rules = frozenset(f"{one['policy']}/{one['rule']}" for one in clauses)
        roles = frozenset(role for one in clauses for role in one["roles"])
        found.append(Answer(max(float(seconds), 0.0), rules, roles))
    return found


def expected(asked: dict[Asked, int], known: Sequence[Answer], span_s: float) -> Forecast:
    """What these approvals cost a day, each kind by the measured times of answers like it."""
    parts = [
        forecast(count * one.quorum, count, span_s, like(one, known))
        for one, count in sorted(asked.items())
    ]
    return together(parts)


def like(asked: Asked, known: Sequence[Answer]) -> list[float]:
    """Times of answers to the same rule; if those are few, to the same roles; else of all."""
    same_rule = [one.seconds for one in known if asked.rule in one.rules]
    if len(same_rule) >= ENOUGH:
        return same_rule
    roles = frozenset(asked.roles.split("|"))
    same_roles = [one.seconds for one in known if one.roles & roles]
    return same_roles if len(same_roles) >= ENOUGH else [one.seconds for one in known]
