"""Streams of entries in other systems' formats, for downloads and for `ledger export --format`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from audit.formats import AgentAuditTrail, Said, cloudevent, csv_lines, ocsf
from audit.key_ring import public_key
from audit.reading import NO_FILTER, Filters, matching

PORTION = 2000

FORMATS: dict[str, str] = {
    "aat": "application/jsonl",
    "aat-numeric": "application/jsonl",
    "cloudevents": "application/jsonl",
    "ocsf": "application/jsonl",
    "csv": "text/csv",
}
"""Names of the formats and their media types."""


def stream(format_name: str, scopes: list[str], filters: Filters = NO_FILTER) -> Iterator[bytes]:
    """The visible entries that match, oldest first; KeyError: no such format."""
    return written(format_name, _said(scopes, filters))


def written(format_name: str, entries: Iterator[Said]) -> Iterator[bytes]:
    """Entries in a format; KeyError: no such format."""
    return _WRITERS[format_name](entries)


def _said(scopes: list[str], filters: Filters) -> Iterator[Said]:
    """Entries by portions of their id, so that nothing is held open between portions."""
    last = 0
    while True:
        found = matching(scopes, filters).filter(id__gt=last).order_by("id")
        rows = list(found.values_list("id", "body")[:PORTION])
        for _, body in rows:
            yield orjson.loads(body)
        if len(rows) < PORTION:
            return
        last = rows[-1][0]


def _lines(records: Iterator[Said]) -> Iterator[bytes]:
    for record in records:
        yield orjson.dumps(record, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _cloudevents(entries: Iterator[Said]) -> Iterator[bytes]:
    key = public_key()
    origin = key.name if key else "signalbox"
    return _lines(cloudevent(said, origin) for said in entries)


def _aat(entries: Iterator[Said], *, numeric: bool) -> Iterator[bytes]:
    trail = AgentAuditTrail(numeric=numeric)
    return _lines(record for said in entries for record in trail.records(said))


_WRITERS: dict[str, Callable[[Iterator[Said]], Iterator[bytes]]] = {
    "aat": lambda entries: _aat(entries, numeric=False),
    "aat-numeric": lambda entries: _aat(entries, numeric=True),
    "cloudevents": _cloudevents,
    "ocsf": lambda entries: _lines(map(ocsf, entries)),
    "csv": lambda entries: (line.encode() for line in csv_lines(entries)),
}
