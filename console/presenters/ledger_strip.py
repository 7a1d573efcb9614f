"""How the entries of a search lie in time: the strip to zoom in, and the usual ranges. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from audit.queries import Query, Term
from console.presenters import charts
from console.presenters.ledger import DECISIONS, Place
from console.queries.ledger import BUCKETS, Density

TIME_MARKS = 4
DAY = timedelta(days=1)
LONG = timedelta(days=30)
RANGES = (
    ("All time", ""),
    ("Last 15 minutes", "15m"),
    ("Last hour", "1h"),
    ("Last 24 hours", "24h"),
    ("Last 7 days", "7d"),
    ("Last 30 days", "30d"),
)
"""Label of a range and what follows after: in a search."""


def density_chart(
    density: Density, frame: charts.VolumeFrame, zone: tzinfo
) -> charts.Volume | None:
    """Exceptions over all entries, from the beginning of the strip to its end."""
    if density.first is None or density.last is None:
        return None
    buckets: list[dict[str, int]] = [{} for _ in range(BUCKETS)]
    for (at, outcome), count in density.counts.items():
        tone = outcome if outcome in DECISIONS else "allow"
        buckets[at][tone] = buckets[at].get(tone, 0) + count
    marks = _times(density.first, density.last, zone)
    return charts.volume(buckets, marks, frame)


def _times(first: datetime, last: datetime, zone: tzinfo) -> dict[int, str]:
    span = last - first
    form = "%d %b %Y" if span > LONG else "%d %b %H:%M" if span > DAY else "%H:%M:%S"
    marks = range(BUCKETS // TIME_MARKS // 2, BUCKETS, BUCKETS // TIME_MARKS)
    return {at: (first + span * at / BUCKETS).astimezone(zone).strftime(form) for at in marks}


def strip(density: Density, place: Place, frame: charts.VolumeFrame) -> dict[str, Any] | None:
    """What the strip needs to zoom: its ends, the search without times, and ways back."""
    first, last = density.first, density.last
    if first is None or last is None:
        return None
    whole = place.query.without("after", "before")
    half = (last - first) / 2
    zoomed = bool(place.query.values("after") or place.query.values("before"))
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "buckets": BUCKETS,
        "left": frame.left / frame.width,
        "query": str(whole),
        "zone": place.zone,
        "out_url": place.with_query(between(whole, first - half, last + half)) if zoomed else "",
        "whole_url": place.with_query(whole) if zoomed else "",
    }


def between(query: Query, first: datetime, last: datetime) -> Query:
    """The search within these times."""
    ends = {"after": first, "before": last}
    terms = (Term(name, _instant(moment)) for name, moment in ends.items())
    return Query((*query.terms, *terms), query.words)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ranges(place: Place) -> list[dict[str, Any]]:
    """The usual times to look at."""
    whole = place.query.without("after", "before")
    now = place.query.value("after") if not place.query.values("before") else "-"
    return [
        {
            "label": label,
            "url": place.with_query(
                Query((*whole.terms, Term("after", span)), whole.words) if span else whole
            ),
            "current": span == now,
        }
        for label, span in RANGES
    ]


def range_label(place: Place) -> str:
    """The time that is looked at, in words."""
    first, last = place.query.value("after"), place.query.value("before")
    named = {span: label for label, span in RANGES}
    if not last:
        return named.get(first, f"Since {first}")
    return "Chosen time" if first else f"Before {last}"


def density_label(density: Density) -> str:
    """The strip in words."""
    said_of = ", ".join(f"{density.total(one)} {one}" for one in ("deny", "hold", "allow"))
    return f"{density.total()} entries over time; decisions among them: {said_of}"


def counts(density: Density) -> dict[str, int]:
    """Exceptions among the matches."""
    return {"deny": density.total("deny"), "hold": density.total("hold")}
