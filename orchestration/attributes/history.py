"""Decisions of the past, read from the steps and their payloads, to be decided again.

A history is walked in spans of step identifiers, which sort by time, so that any number of workers
can read parts of it at once and a walk can be taken up where it was left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from audit import payloads
from audit.errors import PayloadAltered, PayloadMissing
from audit.identifiers import least_id
from audit.payload_rows import SEALED, digest_of
from orchestration.attributes.declared import Subject, count_facts
from orchestration.models import Step
from orchestration.policy.past import Past, past_of
from orchestration.policy.request import Request
from orchestration.policy.terms import Fact

SPAN = 5_000
"""Decisions read at a time."""


@dataclass(frozen=True)
class Span:
    """A part of a history: steps from `first` to `last`, both included, and how many there are."""

    first: UUID
    last: UUID
    count: int


@dataclass(frozen=True)
class Window:
    """When the steps of a history were asked for: from `since` on and before `until`, aware.

    A side that is None is open. The times are those in the identifiers of steps, in milliseconds.
    """

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Window()
"""All of the past."""


@dataclass(frozen=True)
class Extent:
    """A history: its spans, oldest first, how many decisions they hold, and how long they took."""

    spans: list[Span]
    total: int
    span_s: float


_LEAST, _GREATEST = UUID(int=0), UUID(int=(1 << 128) - 1)

_WITHIN = (
    "exists (select from jsonb_array_elements_text(%(scopes)s::jsonb) u"
    " where u = '' or s.scope = u or s.scope like replace(replace(replace(u, '\\', '\\\\'),"
    " '%%', '\\%%'), '_', '\\_') || '/%%')"
)

_EXTENT = f"""
with recent as (
  select s.id, s.created_at from orchestration_step s
  where (%(everything)s or {_WITHIN}) and s.id >= %(since)s and s.id < %(until)s
  order by s.id desc limit %(last)s),
numbered as (
  select id, created_at, (row_number() over (order by id) - 1) / %(span)s as part from recent)
select min(id::text), max(id::text), count(*), min(created_at), max(created_at)
from numbered group by part order by part
"""  # noqa: S608 - put together from constants of ours

_SPAN = f"""
select s.id::text, s.created_at::text, s.arguments, a.salt, a.body, a.subjects is not null,
  s.decision_input, d.salt, d.body, d.subjects is not null
from orchestration_step s
left join lateral (
  select salt, body, subjects from audit_payload
  where digest = decode(substr(s.arguments, 8), 'hex') limit 1) a on true
left join lateral (
  select salt, body, subjects from audit_payload
  where digest = decode(substr(s.decision_input, 8), 'hex') limit 1) d on true
where s.id >= %(first)s and s.id <= %(last)s and (%(everything)s or {_WITHIN})
order by s.id
"""  # noqa: S608 - put together from constants of ours


def extent(
    scopes: Sequence[str], last: int, *, window: Window = ALWAYS, span: int = SPAN
) -> Extent:
    """The newest `last` decisions of a window in these units and below; the unit "" is all."""
    bounds = {
        "since": least_id(window.since) if window.since else _LEAST,
        "until": least_id(window.until) if window.until else _GREATEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EXTENT, {**_units(scopes), **bounds, "last": last, "span": span})
        rows = cursor.fetchall()
    if not rows:
        return Extent([], 0, 0.0)
    spans = [Span(UUID(first), UUID(final), count) for first, final, count, _, _ in rows]
    lasted = (max(row[4] for row in rows) - min(row[3] for row in rows)).total_seconds()
    return Extent(spans, sum(one.count for one in spans), lasted)


def pasts(scopes: Sequence[str], span: Span) -> Iterator[Past | None]:
    """The decisions of a span, oldest first; None for calls in which no policy had a say."""
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, {**_units(scopes), "first": span.first, "last": span.last})
        rows = cursor.fetchall()
    for row in rows:
        yield _past(row)


def past_of_step(step: Step) -> Past | None:
    """The decision about one step, to be decided again; None when no policy had a say in it."""
    return next(iter(pasts([""], Span(step.pk, step.pk, 1))), None)


def request_of(step: Step) -> Request | None:
    """What was asked when a step was decided, approvals included; None when it can't be read."""
    try:
        considered, arguments = payloads.load(step.decision_input), payloads.load(step.arguments)
        values = dict(considered["request"])
        values["act"] = {**values["act"], "arguments": arguments}
    except (PayloadMissing, PayloadAltered, KeyError, TypeError):
        return None
    return Request.of_values(values)


def decision_of(step: Step) -> Mapping[str, Any] | None:
    """The decision about a step as it was stored with its values; None when it can't be read."""
    try:
        found: Mapping[str, Any] = payloads.load(step.decision_input)["decision"]
    except (PayloadMissing, PayloadAltered, KeyError, TypeError):
        return None
    return found


def count_then(past: Past, facts: Sequence[Fact]) -> dict[str, Any]:
    """Facts as they were when a past decision was made, counted from the steps before it."""
    request = past.request
    if request is None or not past.at:
        return {}
    subject = Subject(
        agent=request.agent["id"],
        tool=request.act["target"],
        goal=request.goal["id"],
        unit=request.unit["path"],
        task=request.task["id"],
    )
    return count_facts(facts, subject, datetime.fromisoformat(past.at))


def _units(scopes: Sequence[str]) -> dict[str, Any]:
    return {"scopes": orjson.dumps(list(scopes)).decode(), "everything": "" in scopes}


def _past(row: tuple[Any, ...]) -> Past | None:
    reference, at, digest, salt, body, owned, stored, its_salt, its_body, also_owned = row
    try:
        arguments, marked = _opened(digest, salt, body, owned=owned)
        considered, also = _opened(stored, its_salt, its_body, owned=also_owned)
        return past_of(reference, considered, arguments, partly=marked or also, at=at)
    except (PayloadAltered, PayloadMissing, KeyError, TypeError, AttributeError):
        return Past(reference, None, "")


def _opened(digest: str, salt: Any, body: str | None, *, owned: bool) -> tuple[Any, bool]:
    """A payload's value, and whether it may hold what was erased."""
    if body is None:
        raise PayloadMissing(digest)
    if owned or SEALED in body:
        return payloads.load(digest), True
    if digest_of(bytes(salt), body.encode()) != digest:
        raise PayloadAltered(digest)
    return orjson.loads(body), False
