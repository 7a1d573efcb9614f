"""What rules in shadow did live: how often they matched, and what would have come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

SAMPLES = 5

_REPORT = """
with steps as (
  select id, effect, decision, decision->>'shadow_effect' as would from orchestration_step s
  where decided_at >= %(since)s and decision ? 'shadow' and (%(everything)s or exists (
    select from jsonb_array_elements_text(%(scopes)s::jsonb) u
    where s.scope = u or starts_with(s.scope, u || '/'))))
select r->>0, r->>1, r->>2, count(*), count(*) filter (where r->>3 = 'failed'),
  count(*) filter (where would <> effect),
  array_agg(distinct effect || ' ' || would) filter (where would <> effect),
  (array_agg(id::text || ' ' || would order by id desc) filter (where would <> effect))[:%(some)s]
from steps, jsonb_array_elements(decision->'shadow') r
group by 1, 2, 3 order by 4 desc, 1, 2
"""


@dataclass(frozen=True)
class ShadowRow:
    """One rule in shadow.

    Attributes:
        effect: what it would do. matched: how often it spoke, failures included. failed: how often
            it could not be computed. changed: steps that would have come out otherwise were all
            rules in shadow in force. ways: pairs of what was and what would have been.
        samples: the newest steps that would have come out otherwise, with what they would be.
    """

    policy: str
    rule: str
    effect: str
    matched: int
    failed: int
    changed: int
    ways: tuple[tuple[str, str], ...]
    samples: tuple[tuple[str, str], ...]


def shadow_report(scopes: Sequence[str], since: datetime) -> list[ShadowRow]:
    """What rules in shadow said in these units since a moment; the unit "" stands for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REPORT,
            {
                "since": since,
                "scopes": orjson.dumps(list(scopes)).decode(),
                "everything": "" in scopes,
                "some": SAMPLES,
            },
        )
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> ShadowRow:
    policy, rule, effect, matched, failed, changed, ways, samples = row
    return ShadowRow(policy, rule, effect, matched, failed, changed, _pairs(ways), _pairs(samples))


def _pairs(texts: list[str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, _, other in (text.partition(" ") for text in texts or ()))
