"""What the explorer says of a search: its strip, its ranges, its facets, and suggestions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audit.queries import read
from audit.totals import Strip
from console.presenters import charts, ledger_strip
from console.presenters.ledger import FEW, Place, facets, problems
from console.presenters.suggestions import items

START = datetime(2026, 11, 21, 13, 45, tzinfo=UTC)
STRIP = Strip(START, timedelta(minutes=5), [{"": 3}, {"deny": 2, "allow": 7}, {"hold": 1}, {}])


def place(text: str) -> Place:
    return Place(read(text), "Asia/Tokyo")


def test_totals_are_the_sum_of_all_bars() -> None:
    assert ledger_strip.total(STRIP) == 13
    assert ledger_strip.counts(STRIP) == {"deny": 2, "hold": 1}
    assert "13 entries over time; decisions among them: 2 deny, 1 hold" in ledger_strip.label(STRIP)
    assert ledger_strip.total(None) == 0


def test_the_strip_draws_a_bar_for_each_and_tells_times_in_the_readers_zone() -> None:
    drawn = ledger_strip.chart(STRIP, charts.STRIP, ZoneInfo("Asia/Tokyo"))
    assert len(drawn.all) == 3
    assert {bar.tone for bar in drawn.exceptions} == {"deny", "hold"}
    assert drawn.times[0].label == "22:45:00"


def test_zooming_out_doubles_the_time_and_keeps_the_rest_of_the_search() -> None:
    zoomed = place("kind:step.* after:2026-11-21T13:45Z before:2026-11-21T14:05Z word")
    found = ledger_strip.zooming(STRIP, zoomed)
    assert found["query"] == "kind:step.* word"
    assert "2026-11-21T13%3A35%3A00.000Z" in found["out_url"]
    assert "2026-11-21T14%3A15%3A00.000Z" in found["out_url"]
    assert "tz=Asia" in found["out_url"]
    assert ledger_strip.zooming(STRIP, place("kind:step.*"))["out_url"] == ""


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("", "All time"),
        ("after:1h", "Last hour"),
        ("after:3h", "Since 3h"),
        ("before:2026-11-21", "Before 2026-11-21"),
        ("after:2d before:1d", "Chosen time"),
    ],
)
def test_the_time_that_is_looked_at_has_a_name(text: str, label: str) -> None:
    assert ledger_strip.range_label(place(text)) == label


def test_a_chosen_value_of_a_facet_is_taken_away_by_choosing_it_again() -> None:
    counted: dict[str, Any] = {"outcome": [("allow", 7), ("sound", 2)], "kind": []}
    counted["kind"] = [(f"kind.{number}", 1) for number in range(FEW + 3)]
    outcome, kind = facets(counted, place("decision:allow word"), {})
    chosen, other = outcome["entries"]
    assert chosen["current"]
    assert "decision" not in chosen["url"]
    assert "outcome%3Asound" in other["url"]
    assert (len(kind["entries"]), kind["more"]) == (FEW, 3)


def test_a_problem_shows_the_text_before_at_and_after_its_place() -> None:
    text = "kind:a.b colour:red word"
    (shown,) = problems(text, read(text).problems)
    assert (shown["before"], shown["part"], shown["after"]) == ("kind:a.b ", "colour", ":red word")
    assert shown["place"] == "Character 10"


@pytest.mark.parametrize(
    ("word", "values", "first"),
    [
        ("", [], "actor:"),
        ("de", [], "decision:"),
        ("-k", [], "-kind:"),
        ("-a", [], None),
        ("decision:", [], "decision:allow"),
        ("goal:sh", [("Ship cocoa", "running")], 'goal:"Ship cocoa"'),
        ("-kind:st", [("step.*", "8")], "-kind:step.*"),
        ("word", [], None),
    ],
)
def test_a_half_typed_word_becomes_what_it_may_be(
    word: str, values: list[tuple[str, str]], first: str | None
) -> None:
    found = items(word, values)
    assert (found[0]["insert"] if found else None) == first
