"""The overview: six figures, the chart of decisions, what waits, the latest exceptions. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.presenters import charts, formats
from console.presenters.steps import card_effect, plain_title, quorum_of, spoken

if TYPE_CHECKING:
    from console.queries.overview import Pulse, Stretch
    from orchestration.models import Approval

MARKS = 4
MINUTE, HOUR, DAY = 60, 3600, 86_400
MILLI = 1000
YES = "approve"
UNKNOWN = "n/a"


@dataclass(frozen=True)
class Range:
    """A choice of how far back the overview looks."""

    key: str
    label: str
    seconds: int


RANGES = (
    Range("15m", "Last 15 minutes", 15 * MINUTE),
    Range("1h", "Last hour", HOUR),
    Range("6h", "Last 6 hours", 6 * HOUR),
    Range("24h", "Last 24 hours", DAY),
)
USUAL = RANGES[1]


def range_named(key: str) -> Range:
    """The range of that name; the usual one for any other."""
    return next((one for one in RANGES if one.key == key), USUAL)


def ranges(current: Range, address: str) -> list[dict[str, Any]]:
    """The menu of ranges."""
    return [
        {"label": one.label, "url": f"{address}?range={one.key}", "current": one is current}
        for one in RANGES
    ]


@dataclass(frozen=True)
class Figures:
    """What the six figures are made of."""

    pulse: Pulse
    last_minute: int
    work: dict[str, int]
    waiting: int
    oldest_ask: datetime | None


def figures(seen: Figures, now: datetime, label: str) -> list[dict[str, Any]]:
    """Six figures, each with what it is measured against."""
    total = sum(seen.pulse.total.values())
    span = label.lower()
    denied, held = seen.pulse.total["deny"], seen.pulse.total["hold"]
    allowed = total - denied - held
    oldest = f"oldest {formats.ago(seen.oldest_ask, now)}" if seen.oldest_ask else "nothing waits"
    return [
        _figure(
            "Decisions",
            formats.number(seen.last_minute),
            "/min",
            f"{formats.number(total)} in the {span}",
        ),
        _figure("Allowed", _share(allowed, total), "%", _of(allowed, total), "allow"),
        _figure("Denied", _share(denied, total), "%", _of(denied, total), "deny"),
        _figure("Waits for a person", formats.number(seen.waiting), "", oldest, "hold"),
        _figure("Gate", _gate(seen.pulse.gate_p95_us), "ms p95", f"to decide a step, {span}"),
        _figure("Goals running", formats.number(seen.work["goals"]), "", _tasks(seen.work)),
    ]


def _figure(label: str, value: str, unit: str, note: str, effect: str = "") -> dict[str, Any]:
    shown = "" if value == UNKNOWN else unit
    return {"label": label, "value": value, "unit": shown, "note": note, "effect": effect}


def _share(part: int, whole: int) -> str:
    return f"{charts.share(part, whole) * 100:.1f}" if whole else UNKNOWN


def _of(part: int, whole: int) -> str:
    return f"{formats.number(part)} of {formats.number(whole)}" if whole else "no decision yet"


def _gate(microseconds: float | None) -> str:
    return UNKNOWN if microseconds is None else f"{microseconds / MILLI:.1f}"


def _tasks(work: dict[str, int]) -> str:
    said = [f"{formats.number(work['running'])} tasks running"]
    said += [f"{formats.number(work[n])} {n}" for n in ("ready", "waiting", "parked") if work[n]]
    return ", ".join(said)


def volume(pulse: Pulse, stretch: Stretch, label: str) -> dict[str, Any]:
    """The chart in both sizes, its words, and the same as a table."""
    moments = [stretch.since + stretch.width * at for at in range(len(pulse.buckets))]
    named = {
        at: f"{moment:%H:%M}"
        for at, moment in enumerate(moments)
        if not int(moment.timestamp()) % (stretch.seconds // MARKS)
    }
    total = sum(pulse.total.values())
    held, denied = pulse.total["hold"], pulse.total["deny"]
    words = (
        f"Decisions in the {label.lower()}: {formats.number(total)} in all,"
        f" {formats.number(pulse.total['flag'])} flagged, {formats.number(held)} held,"
        f" {formats.number(denied)} denied"
    )
    return {
        "chart_wide": charts.volume(pulse.buckets, named, charts.WIDE),
        "chart_narrow": charts.volume(pulse.buckets, named, charts.NARROW),
        "chart_label": words,
        "chart_rows": [
            {"at": moment, **counts}
            for moment, counts in zip(moments, pulse.buckets, strict=True)
            if any(counts.values())
        ],
        "unit": _width(stretch.width.total_seconds()),
    }


def _width(seconds: float) -> str:
    return "minute" if seconds == MINUTE else formats.duration(seconds)


def ask(approval: Approval, url: str) -> dict[str, Any]:
    """A request that waits, as a row of the overview."""
    votes = approval.votes.all()
    return {
        "id": str(approval.pk),
        "title": spoken(approval.title),
        "agent": approval.agent.name,
        "policy": next((clause["policy"] for clause in approval.clauses), "a policy"),
        "url": url,
        "asked_at": approval.created_at,
        "expires_at": approval.expires_at,
        "quorum": quorum_of(approval.clauses),
        "yes": sum(vote.verdict == YES for vote in votes),
        "risk": approval.risk,
    }


TROUBLE = {"failed": "failed", "unknown": "outcome unknown"}
SAID = {"flag": "flagged", "hold": "held", "deny": "denied", "allow": "allowed"}


def events(found: Sequence[Mapping[str, Any]], address: Callable[[Any, Any], str]) -> list[Any]:
    """The latest exceptions, alike ones as one row that leads to the last of them."""
    return [
        {
            "effect": _event_effect(row),
            "title": plain_title(row["act"], row["target"]),
            "text": _event_text(row),
            "at": row["at"],
            "url": address(row["goal"], row["step"]),
        }
        for row in found
    ]


def _event_effect(row: Mapping[str, Any]) -> str:
    return "deny" if row["state"] in TROUBLE else card_effect(row["effect"], row["flagged"])


def _event_text(row: Mapping[str, Any]) -> str:
    said = TROUBLE.get(row["state"]) or SAID[card_effect(row["effect"], row["flagged"])]
    times = f" {formats.number(row['total'])} times" if row["total"] > 1 else ""
    return f"{row['agent__name']}, {said}{times}"
