"""A replay of history: how far it is, and what its approvals would cost people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.presenters import formats
from console.presenters.charts import share

if TYPE_CHECKING:
    from orchestration.models import PolicyReplay
    from orchestration.operations.policy_replays import ReplayResult
    from orchestration.policy.forecast import Forecast

DAY_S = 86_400
SCALE = 120
"""Width of the drawn range, in its own units."""


def row(one: PolicyReplay, now: datetime) -> dict[str, Any]:
    """A replay as a row and as the head of its page."""
    part = share(one.done, one.total)
    spent = ((one.finished_at or now) - one.started_at).total_seconds() if one.started_at else 0.0
    under_way = one.state in {"queued", "running"}
    return {
        "id": str(one.pk),
        "url": reverse("replay", args=[one.pk]),
        "state": one.state,
        "under_way": under_way,
        "draft": one.draft.title if one.draft else "",
        "draft_url": reverse("draft", args=[one.draft_id]) if one.draft_id else "",
        "bundle": one.bundle,
        "by": str(one.requested_by) if one.requested_by else "Signalbox",
        "at": one.created_at,
        "scope": one.scope or "the whole installation",
        "last": one.last,
        "since": one.since,
        "until": one.until,
        "done": one.done,
        "total": one.total,
        "percent": round(100 * part),
        "took": formats.duration(spent) if spent else "",
        "left": formats.duration(int(spent * (1 - part) / part)) if under_way and part else "",
        "rate": round(one.done / spent) if spent >= 1 else None,
        "covers": formats.duration(one.span_s) if one.span_s else "",
        "error": one.error,
    }


def in_brief(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the strip of a draft says of its latest replay, given the context of its card."""
    one, outcome, costs = card["replay"], card.get("outcome"), card.get("costs")
    if one["under_way"] or outcome is None:
        return [
            {"label": "Replay", "text": f"{one['state']}, {one['percent']} %", "url": one["url"]}
        ]
    counted = f"{formats.number(outcome['changed'])} of {formats.number(outcome['total'])} change"
    rows = [{"label": "Replay", "text": counted, "url": one["url"]}]
    if costs is not None:
        rows.append({"label": "Forecast", "text": f"{costs['more']} approvals a day"})
    return rows


def costs(found: ReplayResult) -> dict[str, Any] | None:
    """Approvals and person-hours a day, then and now; None when there is no history to go by."""
    if found.then is None or found.now is None:
        return None
    return {
        "more": _signed(found.now.approvals - found.then.approvals),
        "then": _figure(found.then.approvals),
        "now": _figure(found.now.approvals),
        "hours": _hours(found.then, found.now),
        "measured": found.now.measured,
        "short": found.span_s < DAY_S,
        "held_then": found.tally.held_then,
        "held_now": found.tally.held_now,
    }


def _hours(then: Forecast, now: Forecast) -> dict[str, Any] | None:
    """Person-hours a day with their spread; None when too few like answers were measured."""
    if now.hours is None or now.low is None or now.high is None:
        return None
    more = now.hours - then.hours if then.hours is not None else None
    most = max(now.high, now.hours) * 1.25 or 1.0
    return {
        "now": _figure(now.hours),
        "more": _signed(more) if more is not None else "",
        "low": _figure(now.low),
        "high": _figure(now.high),
        "x": round(SCALE * now.low / most, 1),
        "width": max(round(SCALE * (now.high - now.low) / most, 1), 2.0),
        "middle": round(SCALE * now.hours / most, 1),
    }


def _figure(value: float) -> str:
    """A small figure with one decimal, a large one without; what is less than shown says so."""
    if 0 < abs(value) < 0.05:  # noqa: PLR2004 - what one decimal would show as nothing
        return "under 0.1"
    return formats.number(round(value)) if abs(value) >= 10 else f"{value:.1f}"  # noqa: PLR2004


def _signed(value: float) -> str:
    text = _figure(abs(value))
    if value > 0:
        return f"+{text}"
    return f"\N{MINUS SIGN}{text}" if value < 0 else "0"


def coverage(found: ReplayResult) -> dict[str, Any]:
    """Rules that said nothing, never counted, or could not be evaluated, in this history."""
    failed = found.tally.rules.failed
    return {
        "never": list(found.never_matched),
        "overridden": list(found.always_overridden),
        "failed": [{"name": name, "count": count} for name, count in failed.most_common()],
    }
