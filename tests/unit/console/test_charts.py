"""The geometry of server-drawn charts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.presenters import charts

counts = st.fixed_dictionaries({t: st.integers(0, 500) for t in ("allow", "flag", "hold", "deny")})


@given(st.integers(0, 10**7))
def test_an_axis_reaches_its_largest_value_and_not_three_times_as_far(value):
    top = charts.ceiling(value)
    assert value <= top
    assert value == 0 or top <= 3 * value


@given(st.lists(counts, min_size=1, max_size=60))
def test_no_bar_leaves_its_panel(buckets):
    chart = charts.volume(buckets, {})
    frame = charts.WIDE
    for bar in chart.exceptions:
        assert frame.top[0] - 1 <= bar.y <= bar.y + bar.height <= frame.top[1] + 1
    for bar in chart.all:
        assert frame.base[0] - 1 <= bar.y <= bar.y + bar.height <= frame.base[1] + 1
    assert all(frame.left <= bar.x <= bar.x + bar.width <= frame.width for bar in chart.all)


def test_each_exception_is_drawn_in_its_own_tone_and_allowed_steps_only_below():
    chart = charts.volume([{"allow": 90, "deny": 3, "hold": 2}], {0: "14:00"})
    assert [bar.tone for bar in chart.exceptions] == ["hold", "deny"]
    assert [bar.tone for bar in chart.all] == ["allow"]
    assert chart.times[0].label == "14:00"


def test_a_quiet_hour_draws_axes_and_no_bars():
    chart = charts.volume([{}, {}], {})
    assert chart.exceptions == ()
    assert [mark.label for mark in chart.top] == ["0", "0.5", "1"]


def test_a_line_needs_two_points():
    assert charts.line_path([3], charts.Box(84, 20)) == ""
    assert charts.line_path([1, 3], charts.Box(84, 20)) == "M0.0 20.0L84.0 0.0"


def test_a_flat_line_is_drawn_along_the_floor():
    assert charts.line_path([5, 5], charts.Box(10, 4)) == "M0.0 4.0L10.0 4.0"


def test_nothing_of_nothing_is_no_share():
    assert charts.share(0, 0) == 0
    assert charts.share(3, 4) == 0.75
