"""Ways by sea, compared with a search of our own over the raw network data."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searoute.data.ports_dict import node_list as listed_ports

from orchestration.blueprints.freight.domain.closures import PASSAGES, Closures
from orchestration.blueprints.freight.domain.network import shortest_way
from orchestration.blueprints.freight.domain.ports import PORTS, great_circle_km, road_km
from orchestration.blueprints.freight.domain.routing import Journey, next_sailing, routes, sea_days
from tests.unit.freight.own_search import our_distance

MAIN_PORTS = ["SGSIN", "NLRTM", "CNSHA", "USLAX", "USNYC", "BRSSZ", "AUSYD", "INNSA", "GRPIR"]


def test_singapore_to_rotterdam_has_its_known_length_and_goes_through_suez():
    way = shortest_way("SGSIN", "NLRTM", frozenset())
    assert way.km == pytest.approx(15_515, rel=0.002)
    assert {"malacca", "suez", "gibraltar"} <= set(way.passages)


def test_with_suez_closed_the_way_leads_around_africa_and_is_longer_by_its_known_length():
    way = shortest_way("SGSIN", "NLRTM", frozenset({"suez"}))
    assert way.km == pytest.approx(21_975, rel=0.002)
    assert "suez" not in way.passages
    assert "south_africa" in way.passages


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(MAIN_PORTS),
    st.sampled_from(MAIN_PORTS),
    st.frozensets(st.sampled_from(["suez", "panama", "malacca"])),
)
def test_every_way_is_as_short_as_our_own_search_finds(origin, destination, closed):
    way = shortest_way(origin, destination, closed)
    expected = our_distance(origin, destination, closed)
    assert (way is None) == (expected is None)
    if way is not None:
        assert way.km == pytest.approx(expected, abs=0.51)
        assert not closed & set(way.passages)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(MAIN_PORTS),
    st.sampled_from(MAIN_PORTS),
    st.sampled_from(sorted(PASSAGES)),
    st.sampled_from(sorted(PASSAGES)),
)
def test_closing_more_never_shortens_a_way(origin, destination, one, other):
    fewer = shortest_way(origin, destination, frozenset({one}))
    more = shortest_way(origin, destination, frozenset({one, other}))
    assert more is None or (fewer is not None and more.km >= fewer.km)


def test_the_points_of_a_way_add_up_to_its_length_on_the_globe():
    way = shortest_way("CNSHA", "NLRTM", frozenset())
    summed = sum(great_circle_km(one, two) for one, two in pairwise(way.points))
    assert summed == pytest.approx(way.km, rel=0.005)


def test_a_port_cut_off_by_closures_has_no_way():
    assert shortest_way("SGSIN", "GRPIR", frozenset({"suez", "gibraltar"})) is None


def test_every_port_lies_where_the_published_list_has_it():
    listed = {entry["port"]: place for place, entry in listed_ports.items()}
    assert {code: (port.lon, port.lat) for code, port in PORTS.items()} == {
        code: listed[code] for code in PORTS
    }


def test_a_closed_port_is_replaced_by_ports_a_lorry_reaches_and_the_road_is_counted():
    journey = Journey("CNSHA", "NLRTM", ready_day=3)
    found = routes(journey, Closures(ports=frozenset({"NLRTM"})))
    assert found[0].discharge == "BEANR"
    assert found[0].road_km == road_km(PORTS["BEANR"], PORTS["NLRTM"]) > 0
    assert "NLRTM" not in {route.discharge for route in found}


def test_an_open_journey_starts_with_the_direct_ports_at_standard_speed():
    first = routes(Journey("CNSHA", "NLRTM", ready_day=3), Closures())[0]
    assert (first.load, first.discharge, first.service) == ("CNSHA", "NLRTM", "standard")
    assert first.road_km == 0


def test_no_island_port_is_reached_by_road_from_the_continent():
    found = routes(Journey("CNSHA", "GBFXT", ready_day=3), Closures(ports=frozenset({"GBFXT"})))
    assert {route.discharge for route in found} <= {"GBLGP", "GBSOU"}


def test_an_order_whose_ports_are_all_closed_has_no_route():
    british = frozenset(code for code in PORTS if code.startswith("GB"))
    assert routes(Journey("CNSHA", "GBFXT", ready_day=3), Closures(ports=british)) == []


def test_days_at_sea_follow_from_distance_speed_and_canals():
    # 16 knots are 711.168 km a day: 7,112 km need 11 days, with a canal day and two port days 14
    assert sea_days(7_112, ("suez", "malacca"), "standard") == 14
    assert sea_days(7_112, (), "express") == 11
    assert sea_days(7_112, (), "slow") == 16


@given(st.sampled_from(MAIN_PORTS), st.sampled_from(MAIN_PORTS), st.integers(0, 400))
def test_sailings_are_weekly_and_never_before_the_goods_are_ready(load, discharge, ready):
    sailing = next_sailing(load, discharge, ready)
    assert ready <= sailing < ready + 7
    assert next_sailing(load, discharge, sailing + 1) == sailing + 7
