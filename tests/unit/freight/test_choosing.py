"""The router's choice and the treasurer's second choice: what flips them."""

from __future__ import annotations

from typing import Any

from orchestration.blueprints.freight.domain.choosing import (
    Needs,
    cheaper_than,
    choose,
    shortlist,
)


def option(name: str, service: str, arrives: int, payable: int, duty: int = 0) -> dict[str, Any]:
    cost = {"payable_minor": payable, "logistics_minor": payable + duty}
    return {"id": name, "service": service, "arrives_day": arrives, "cost": cost}


EXPRESS, STANDARD, SLOW = (
    option("express", "express", 25, 1_250),
    option("standard", "standard", 30, 1_000),
    option("slow", "slow", 38, 800),
)
ALL = [STANDARD, EXPRESS, SLOW]
EASY = Needs(deadline_day=40, ceiling_minor=2_000)


def chosen(needs: Needs) -> str:
    choice = choose(ALL, needs)
    return choice.route["id"] if choice.route else choice.problem


def test_with_time_and_stock_the_standard_service_is_taken():
    assert chosen(EASY) == "standard"


def test_a_warehouse_that_runs_dry_first_makes_speed_worth_its_price():
    assert chosen(Needs(40, 2_000, runs_out_day=30)) == "standard"
    assert chosen(Needs(40, 2_000, runs_out_day=29)) == "express"


def test_the_deadline_flips_the_choice_and_then_the_outcome():
    assert chosen(Needs(29, 2_000)) == "express"
    assert chosen(Needs(24, 2_000)) == "late"


def test_the_ceiling_flips_the_choice_and_then_the_outcome():
    assert chosen(Needs(40, 900)) == "slow"
    assert chosen(Needs(40, 799)) == "over-ceiling"


def test_a_critique_changes_the_preference():
    assert chosen(Needs(40, 2_000, prefer="fastest")) == "express"
    assert chosen(Needs(40, 2_000, prefer="cheapest")) == "slow"


def test_without_an_open_way_the_choice_says_so():
    choice = choose([], EASY)
    assert (choice.route, choice.problem) == (None, "no-way")


def test_a_declined_payment_is_answered_by_the_cheapest_way_in_time_or_by_none():
    assert cheaper_than(ALL, 1_000, deadline_day=40)["id"] == "slow"
    assert cheaper_than(ALL, 1_000, deadline_day=37) is None
    assert cheaper_than(ALL, 800, deadline_day=40) is None


def test_the_shortlist_leaves_out_what_was_taken_and_starts_with_the_cheapest():
    assert [one["id"] for one in shortlist(ALL, STANDARD)] == ["slow", "express"]
