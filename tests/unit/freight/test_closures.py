"""Naming what closes, and what a closure touches."""

from __future__ import annotations

import pytest

from orchestration.blueprints.freight.domain.closures import Closures, choices, code_named
from orchestration.blueprints.freight.goals import CLOSE, close_place
from orchestration.errors import InvalidInput


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("suez", "suez"),
        ("Suez Canal", "suez"),
        ("NLRTM", "NLRTM"),
        ("rotterdam", "NLRTM"),
        (" Panama Canal ", "panama"),
        ("gothenburg", "SEGOT"),
    ],
)
def test_a_place_is_found_by_code_or_name_in_any_case(said, meant):
    assert code_named(said) == meant


def test_a_name_that_fits_several_places_is_refused_with_their_codes():
    with pytest.raises(InvalidInput, match=r"JPTYO|strait|Strait"):
        code_named("strait of")


@pytest.mark.parametrize("said", ["", "   ", "Atlantis", "🚢", "x" * 5_000])
def test_an_unknown_place_is_refused_and_says_what_there_is(said):
    with pytest.raises(InvalidInput, match="suez"):
        code_named(said)


def test_closing_a_second_place_keeps_the_first_closed():
    first = close_place("suez", {"closures": None})
    second = close_place("Rotterdam", {"closures": first.values["closures"]})
    assert second.values["closures"] == {"ports": ["NLRTM"], "passages": ["suez"]}
    assert second.values["closures/NLRTM"]["kind"] == "port"
    assert second.reason == "Rotterdam is closed"


def test_closures_touch_only_what_they_name():
    closures = Closures(frozenset({"NLRTM"}), frozenset({"suez"}))
    assert closures.touching(["CNSHA", "NLRTM", "malacca", "suez"]) == ("NLRTM", "suez")
    assert closures.touching(["USLAX", "panama"]) == ()


def test_closures_survive_the_blackboard():
    closures = Closures(frozenset({"NLRTM", "BEANR"}), frozenset({"panama"}))
    assert Closures.from_json(closures.to_json()) == closures


def test_every_choice_offered_to_the_operator_can_be_closed():
    assert all(code_named(code) == code for code, _ in choices())
    assert CLOSE.choices == choices()
