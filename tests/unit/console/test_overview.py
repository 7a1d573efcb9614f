"""The overview counts what was decided and draws nothing that did not happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.presenters import overview
from console.queries.overview import BUCKETS, Pulse, Stretch

NOW = datetime(2026, 11, 21, 14, 30, 12, tzinfo=UTC)
NONE = {"allow": 0, "flag": 0, "hold": 0, "deny": 0}
QUIET = {"running": 0, "ready": 0, "waiting": 0, "parked": 0, "goals": 0}


def pulse(**total: int) -> Pulse:
    counts = NONE | total
    return Pulse([counts, *[dict(NONE) for _ in range(BUCKETS - 1)]], counts, 8_400.0)


def figures(seen: Pulse, **work: int) -> dict[str, dict[str, Any]]:
    made = overview.Figures(seen, 3, QUIET | work, 1, NOW - timedelta(minutes=4))
    return {one["label"]: one for one in overview.figures(made, NOW, "Last hour")}


def test_shares_are_of_everything_that_was_decided() -> None:
    shown = figures(pulse(allow=94, flag=2, hold=2, deny=2))
    assert (shown["Allowed"]["value"], shown["Allowed"]["note"]) == ("96.0", "96 of 100")
    assert shown["Denied"]["value"] == "2.0"
    assert shown["Decisions"]["note"] == "100 in the last hour"
    assert shown["Gate"]["value"] == "8.4"
    assert shown["Waits for a person"]["note"] == "oldest 4 min ago"


def test_no_share_is_told_of_no_decision() -> None:
    shown = figures(Pulse([dict(NONE) for _ in range(BUCKETS)], dict(NONE), None))
    assert shown["Allowed"]["value"] == shown["Gate"]["value"] == "n/a"
    assert shown["Allowed"]["note"] == "no decision yet"


def test_parked_tasks_are_told_when_there_are_some() -> None:
    assert "parked" not in figures(pulse(allow=1))["Goals running"]["note"]
    assert "2 parked" in figures(pulse(allow=1), parked=2)["Goals running"]["note"]


@pytest.mark.parametrize("seconds", [one.seconds for one in overview.RANGES])
def test_a_stretch_ends_with_the_bucket_of_now(seconds: int) -> None:
    stretch = Stretch.of(seconds, NOW)
    assert stretch.until - stretch.width <= NOW < stretch.until
    assert stretch.width * BUCKETS == timedelta(seconds=seconds)


def test_the_table_beside_the_chart_holds_the_buckets_that_are_not_empty() -> None:
    shown = overview.volume(pulse(allow=3, deny=1), Stretch.of(3600, NOW), "Last hour")
    assert [(row["allow"], row["deny"]) for row in shown["chart_rows"]] == [(3, 1)]
    assert "1 denied" in shown["chart_label"]
    assert len(shown["chart_wide"].times) == overview.MARKS


def test_an_unknown_range_is_the_usual_one() -> None:
    assert overview.range_named("9 years") is overview.USUAL


def test_alike_exceptions_are_told_with_their_number() -> None:
    row = {
        "agent__name": "Treasurer", "act": "tool.call", "target": "payments.transfer",
        "effect": "hold", "flagged": True, "state": "held", "total": 3, "at": NOW,
        "step": "s", "goal": "g",
    }  # fmt: skip
    (event,) = overview.events([row], lambda goal, step: f"/{goal}/{step}")
    assert event["text"] == "Treasurer, held 3 times"
    assert (event["effect"], event["url"]) == ("hold", "/g/s")
    (event,) = overview.events([row | {"state": "unknown", "total": 1}], lambda *_: "")
    assert (event["effect"], event["text"]) == ("deny", "Treasurer, outcome unknown")
