"""Differences, packs' pages, forecasts and archives, as the screens about policies show them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.presenters import markdown, policy_bundles, policy_replays
from console.presenters.policy_diff import files
from console.presenters.policy_words import words_for_editor
from orchestration.operations.policy_replays import ReplayResult
from orchestration.policy.forecast import Forecast
from orchestration.policy.shipped import pack_list
from orchestration.policy.tally import Tally
from orchestration.policy.textual import changes

texts = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=14).map("\n".join)


def both_sides(old: str, new: str) -> tuple[list[str], list[str]]:
    found: list[dict[str, Any]] = [
        hunk for file in files(changes({"p": old}, {"p": new})) for hunk in file["hunks"]
    ]
    sides = [[line["text"] for hunk in found for line in hunk[side]] for side in ("old", "new")]
    return sides[0], sides[1]


@given(texts, texts)
def test_each_side_of_a_difference_holds_its_whole_text(old: str, new: str) -> None:
    if old != new:
        expected = [text.split("\n") if text else [] for text in (old, new)]
        assert list(both_sides(old, new)) == expected


def test_long_unchanged_runs_are_folded_and_their_ends_stay() -> None:
    lines = [str(at) for at in range(40)]
    [file] = files(changes({"p": "\n".join(lines)}, {"p": "\n".join([*lines, "more"])}))
    kinds = [(hunk["kind"], len(hunk["new"])) for hunk in file["hunks"]]
    assert kinds == [("folded", 37), ("same", 3), ("change", 1)]
    assert (file["added"], file["removed"]) == (1, 0)


def test_the_pages_of_packs_use_nothing_that_is_not_shown() -> None:
    for pack in pack_list():
        blocks = markdown.blocks(pack.about)
        assert {block["kind"] for block in blocks} <= {"text", "table", "list", "heading"}
        shown = str(blocks)
        assert "**" not in shown
        assert "](" not in shown


def test_a_table_keeps_its_cells_and_code_its_words() -> None:
    [table] = markdown.blocks("| a | b |\n|---|---|\n| `x.y` | two |")
    assert table["head"] == [[("", "a")], [("", "b")]]
    assert table["rows"] == [[[("code", "x.y")], [("", "two")]]]


def result(then: Forecast, now: Forecast, span_s: float = 200_000) -> ReplayResult:
    return ReplayResult(Tally(), then, now, [], span_s)


def test_a_forecast_shows_its_spread_and_what_it_rests_on() -> None:
    shown = policy_replays.costs(
        result(Forecast(10, 1.0, 0.5, 2.0, 40), Forecast(48, 5.2, 3.1, 6.0, 44))
    )
    assert shown is not None
    assert (shown["more"], shown["then"], shown["now"]) == ("+38", "10", "48")
    hours = shown["hours"]
    assert (hours["more"], hours["low"], hours["high"]) == ("+4.2", "3.1", "6.0")
    assert hours["x"] < hours["middle"] < hours["x"] + hours["width"]
    assert not shown["short"]


def test_person_hours_are_left_open_when_too_few_answers_were_measured() -> None:
    shown = policy_replays.costs(
        result(Forecast(1, 1.0, 1.0, 1.0, 9), Forecast(0.01, None, None, None, 2), 60)
    )
    assert shown is not None
    assert shown["hours"] is None
    assert (shown["now"], shown["short"]) == ("under 0.1", True)
    assert shown["more"].startswith("\N{MINUS SIGN}")


def test_an_archive_of_the_same_texts_is_the_same_bytes_and_holds_a_file_each() -> None:
    texts = {"b.two": "policy: b.two\n", "a.one": "policy: a.one\n"}
    packed = policy_bundles.archive(texts)
    assert packed == policy_bundles.archive(dict(reversed(texts.items())))
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        assert found.namelist() == ["a.one.yaml", "b.two.yaml"]


def test_the_editor_knows_the_arguments_of_installed_tools() -> None:
    words = words_for_editor({"pay": {"properties": {"amount_minor": {"type": "integer"}}}})
    assert '"act.arguments.amount_minor","type":"integer","meaning":"argument of pay"' in words
    assert '"name":"act.labels"' in words
