"""How many entries match: totals, facets and a strip over time, exact, for readers of some units.

The sealer's process counts entries into cells of time (`audit_count`). What is asked is added up
from those cells and from the entries not counted yet, in one statement and so of one moment.
What cells cannot tell, such as words or subjects, is counted entry by entry.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Max, Min, QuerySet, Value

from audit import reading
from audit.models import Entry, Tally
from audit.reading import FACETS, NO_FILTER, Filters

DAY = 86400
WIDTHS = {10: timedelta(days=2), 300: timedelta(days=40), 3600: timedelta.max}
"""Widths of cells in seconds, and how long cells of that width are kept."""

UNCOUNTED = (
    "(audit_entry.xid >= (select pg_snapshot_xmax(snapshot) from audit_tally_position)"
    " or audit_entry.xid in (select pg_snapshot_xip(snapshot) from audit_tally_position))"
)
_POSITION = (
    "select pg_snapshot_xmax(snapshot)::text, array(select pg_snapshot_xip(snapshot)::text)"
    " from audit_tally_position"
)
_IN_FORCE = (
    "select system_identifier = (select system_identifier::text from pg_control_system())"
    " from audit_tally_position"
)
_COLUMNS = ("kind", "actor_id", "subject_kind", "scope", "decision", "outcome")
_LATEST = f"""
with audit_entry as materialized (
  select recorded_at, {", ".join(_COLUMNS)} from audit_entry
  where (xid >= %s::xid8 or xid = any(%s::text[]::xid8[])) and {UNCOUNTED})
"""  # noqa: S608 - constants
"""The entries not counted yet, under the name of their table.

`UNCOUNTED` alone is exact, but the planner cannot tell how few that are and reads every entry. What
an earlier look at the position calls uncounted is all of those and hardly more, and is found by the
index of transactions.
"""

_SHORTEST = timedelta(seconds=1)
_FINE = timedelta(seconds=2)
"""Bars shorter than this are counted entry by entry."""

_WORTH = timedelta(seconds=10)

Part = tuple[str, list[Any]]
"""A statement that tells rows to add up, and its values."""


@dataclass(frozen=True)
class Strip:
    """How matching entries lie in time.

    Attributes:
        start, step: when the first bar begins, and how long each is.
        bars: for each bar how many entries had which outcome; an absent outcome is "".
    """

    start: datetime
    step: timedelta
    bars: list[dict[str, int]]


def count(scopes: Iterable[str], filters: Filters = NO_FILTER) -> int:
    """How many visible entries match."""
    found = _added_up(list(scopes), filters, _days(filters), "sum(entries)::bigint")
    return int(found[0][0] or 0) if found else 0


def facets(
    scopes: Iterable[str], filters: Filters = NO_FILTER, *, most: int = 12
) -> dict[str, list[tuple[str, int]]]:
    """For each column of FACETS its commonest values among the matches, with true totals."""
    absent = ", ".join(f"grouping({column})" for column in FACETS)
    sets = ", ".join(f"({column})" for column in FACETS)
    grouped = f"{absent}, {', '.join(FACETS)}, sum(entries)::bigint"
    after = f"group by grouping sets ({sets})"
    rows = _added_up(list(scopes), filters, _days(filters), grouped, after)
    found: dict[str, list[tuple[str, int]]] = {column: [] for column in FACETS}
    for row in rows:
        at = row.index(0)
        value = row[len(FACETS) + at]
        if value or FACETS[at] == "scope":
            found[FACETS[at]].append((value, row[-1]))
    return {
        column: sorted(values, key=lambda one: (-one[1], one[0]))[:most]
        for column, values in found.items()
    }


def span(scopes: Iterable[str], filters: Filters = NO_FILTER) -> tuple[datetime, datetime] | None:
    """When the first and the last visible entry that match were recorded; None without any."""
    units = list(scopes)
    width = _width(filters, timedelta.max)
    if width is None:
        return _ends(reading.matching(units, filters))
    rows = _added_up(units, filters, width, "min(at), max(at)")
    if not rows or not rows[0][0]:
        return None
    first, last = (_floor(at, timedelta(seconds=width)) for at in rows[0])
    within = timedelta(seconds=width)
    earliest = _ends(reading.matching(units, _within(filters, first, first + within)))
    latest = _ends(reading.matching(units, _within(filters, last, last + within)))
    return (earliest[0], latest[1]) if earliest and latest else None


def _ends(found: QuerySet[Entry]) -> tuple[datetime, datetime] | None:
    ends = found.order_by().aggregate(first=Min("recorded_at"), last=Max("recorded_at"))
    return (ends["first"], ends["last"]) if ends["first"] else None


def _within(filters: Filters, since: datetime, until: datetime) -> Filters:
    """The same filters, within bounds of time as well."""
    return replace(
        filters,
        since=max(filter(None, (filters.since, since))),
        until=min(filter(None, (filters.until, until))),
    )


def strip(
    scopes: Iterable[str],
    filters: Filters,
    first: datetime,
    last: datetime,
    *,
    most: int = 60,
) -> Strip:
    """The matches recorded from `first` to `last`, in at most so many bars of one length.

    Bars begin at whole multiples of their length, so the first may begin before `first`.
    """
    units = list(scopes)
    rough = max((last - first) / max(most - 1, 1), _SHORTEST)
    width = _width(filters, rough, since=first)
    cell = width or math.ceil(rough.total_seconds())
    step = timedelta(seconds=cell * math.ceil(rough.total_seconds() / cell))
    start = _floor(first, step)
    bounded = _within(filters, start, _floor(last, step) + step)
    at = f"date_bin('{int(step.total_seconds())} seconds', at, 'epoch')"
    what = f"{at}, coalesce(outcome, ''), sum(entries)::bigint"
    rows = _added_up(units, bounded, width, what, "group by 1, 2")
    bars: list[dict[str, int]] = [{} for _ in range((_floor(last, step) - start) // step + 1)]
    for moment, outcome, total in rows:
        bars[(moment - start) // step][outcome] = total
    return Strip(start, step, bars)


def _width(filters: Filters, rough: timedelta, since: datetime | None = None) -> int | None:
    """The widest cells that are no wider than `rough` and can tell what is asked; None without."""
    if not _is_countable(filters):
        return None
    if filters.actor:
        return DAY if rough >= timedelta(seconds=DAY) else None
    age = datetime.now(UTC) - since if since else timedelta.max
    fitting = [
        width
        for width, kept in WIDTHS.items()
        if timedelta(seconds=width) <= max(rough, _WORTH) and age <= kept
    ]
    return max(fitting, default=None) if rough >= _FINE else None


def _days(filters: Filters) -> int | None:
    return DAY if _is_countable(filters) else None


def _is_countable(filters: Filters) -> bool:
    """Whether cells know everything that is asked, and mean this database."""
    told = (filters.subject, filters.goal, filters.request_id, filters.trace_id, filters.words)
    if any(told):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE)
        return bool(cursor.fetchone()[0])


def _added_up(
    units: list[str], filters: Filters, width: int | None, what: str, after: str = ""
) -> list[tuple[Any, ...]]:
    """Add up the matches, from cells of this width and what is not in them, or entry by entry."""
    try:
        parts = _sources(units, filters, width)
    except EmptyResultSet:  # no unit, so nothing can match
        return []
    inner = " union all ".join(f"({sql})" for sql, _ in parts)
    columns = ", ".join(("at", *_COLUMNS, "entries"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {what} from ({inner}) as found ({columns}) {after}",  # noqa: S608 - ours
            [value for _, values in parts for value in values],
        )
        return list(cursor.fetchall())


def _sources(units: list[str], filters: Filters, width: int | None) -> list[Part]:
    step = timedelta(seconds=width or 1)
    since = _ceiling(filters.since, step) if filters.since else None
    until = _floor(filters.until, step) if filters.until else None
    if width is None or (since and until and since >= until):
        return [_part(_rows(reading.matching(units, filters)))]
    cells = Tally.objects.filter(
        reading.condition(units, replace(filters, since=None, until=None)), width=width
    )
    cells = cells.filter(at__gte=since) if since else cells
    cells = cells.filter(at__lt=until) if until else cells
    found = [
        _part(cells.order_by().values_list("at", *_COLUMNS, "entries")),
        _uncounted(units, filters),
    ]
    for edge in ((filters.since, since), (until, filters.until)):
        if edge[0] and edge[1] and edge[0] < edge[1]:
            within = replace(filters, since=edge[0], until=edge[1])
            found.append(_part(_rows(_counted(units, within))))
    return found


def _uncounted(units: list[str], filters: Filters) -> Part:
    """The matches that are in no cell yet, looked for among those alone."""
    with connection.cursor() as cursor:
        cursor.execute(_POSITION)
        newest, running = cursor.fetchone()
    sql, values = _part(_rows(reading.matching(units, filters)))
    return f"{_LATEST} {sql}", [newest, "{" + ",".join(running) + "}", *values]


def _counted(units: list[str], filters: Filters) -> QuerySet[Entry]:
    found = reading.matching(units, filters)
    return found.extra(where=[f"not {UNCOUNTED}"])  # noqa: S610 - a constant


def _rows(entries: QuerySet[Entry]) -> QuerySet[Any, tuple[Any, ...]]:
    return entries.order_by().values_list("recorded_at", *_COLUMNS, Value(1))


def _part(rows: QuerySet[Any, tuple[Any, ...]]) -> Part:
    sql, values = rows.query.sql_with_params()
    return sql, list(values)


def _ceiling(moment: datetime, step: timedelta) -> datetime:
    floor = _floor(moment, step)
    return floor if floor == moment else floor + step


def _floor(moment: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // step * step
