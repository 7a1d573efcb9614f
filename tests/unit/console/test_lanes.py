"""Where steps lie in the decision flow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.presenters.lanes import Lanes, Placed, place_all


@st.composite
def flows(draw):
    """Steps in the order of their decisions, each after some of those before it."""
    size = draw(st.integers(1, 30))
    steps = []
    for number in range(size):
        before = draw(st.lists(st.integers(0, number - 1), max_size=3)) if number else []
        steps.append((str(number), draw(st.sampled_from("abc")), [str(one) for one in before]))
    return steps


@given(flows())
def test_a_step_lies_right_of_everything_that_led_to_it(steps):
    places = place_all(steps)
    for step, _lane, before in steps:
        assert all(places[one].rank < places[step].rank for one in before)


@given(flows())
def test_no_two_steps_of_a_lane_lie_in_one_place(steps):
    places = place_all(steps)
    spots = [(lane, places[step]) for step, lane, _before in steps]
    assert len(spots) == len(set(spots))


@given(flows(), st.integers(0, 30))
def test_steps_that_are_appended_move_none_of_the_others(steps, cut):
    earlier = place_all(steps[:cut])
    assert earlier.items() <= place_all(steps).items()


def test_parallel_steps_of_one_agent_take_slots_below_each_other():
    places = place_all([("plan", "p", []), ("one", "r", ["plan"]), ("two", "r", ["plan"])])
    assert places["one"] == Placed(1, 0)
    assert places["two"] == Placed(1, 1)


def test_a_step_named_twice_keeps_its_place():
    lanes = Lanes()
    first = lanes.place("a", "p", [])
    assert lanes.place("a", "p", ["b"]) == first
