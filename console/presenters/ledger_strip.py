"""How the entries of a search lie in time: the strip to zoom in, and the usual ranges. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from audit.queries import Query, Term
from audit.totals import Strip
from console.presenters import charts
from console.presenters.ledger import DECISIONS, Place

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


def chart(found: Strip, frame: charts.VolumeFrame, zone: tzinfo) -> charts.Volume:
    """Exceptions over all entries, from the beginning of the strip to its end."""
    bars = [_by_tone(bar) for bar in found.bars]
    return charts.volume(bars, _times(found, zone), frame)


def _by_tone(bar: Mapping[str, int]) -> dict[str, int]:
    tones: dict[str, int] = {}
    for outcome, count in bar.items():
        tone = outcome if outcome in DECISIONS else "allow"
        tones[tone] = tones.get(tone, 0) + count
    return tones


def _times(found: Strip, zone: tzinfo) -> dict[int, str]:
    count = len(found.bars)
    span = found.step * count
    form = "%d %b %Y" if span > LONG else "%d %b %H:%M" if span > DAY else "%H:%M:%S"
    marks = range(count // TIME_MARKS // 2, count, max(count // TIME_MARKS, 1))
    return {at: (found.start + found.step * at).astimezone(zone).strftime(form) for at in marks}


def zooming(found: Strip, place: Place) -> dict[str, Any]:
    """What the strip needs to zoom: its ends, the search without times, and ways back."""
    first, last = found.start, found.start + found.step * len(found.bars)
    whole = place.query.without("after", "before")
    half = (last - first) / 2
    zoomed = bool(place.query.values("after") or place.query.values("before"))
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "bars": len(found.bars),
        "query": str(whole),
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


def total(found: Strip | None, outcome: str | None = None) -> int:
    """How many entries match, with this outcome if one is given."""
    bars = found.bars if found else []
    return sum(n for bar in bars for said, n in bar.items() if outcome in (None, said))


def label(found: Strip | None) -> str:
    """The strip in words."""
    said_of = ", ".join(f"{total(found, one)} {one}" for one in ("deny", "hold", "allow"))
    return f"{total(found)} entries over time; decisions among them: {said_of}"


def counts(found: Strip | None) -> dict[str, int]:
    """Exceptions among the matches."""
    return {"deny": total(found, "deny"), "hold": total(found, "hold")}
