"""The demand series, the forecaster scored on unseen weeks, and the warehouse simulation."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.blueprints.freight.domain.demand import MARKETS, weekly_demand
from orchestration.blueprints.freight.domain.forecasting import (
    HOLD_OUT_WEEKS,
    forecast,
    holt_winters,
    mean_absolute_error,
    seasonal_naive,
)
from orchestration.blueprints.freight.domain.warehouse import PALLETS_PER_TEU, project


def test_the_same_seed_gives_the_same_series_and_another_seed_another():
    assert weekly_demand("europe", 7) == weekly_demand("europe", 7)
    assert weekly_demand("europe", 7) != weekly_demand("europe", 8)


def test_the_season_is_in_the_series():
    peak, low = [], []
    for seed in range(20):
        series = weekly_demand("europe", seed, weeks=52)
        peak.append(fmean(series[43:50]))
        low.append(fmean(series[17:24]))
    assert fmean(peak) > 1.5 * fmean(low)


def test_on_weeks_it_has_not_seen_the_forecaster_beats_last_year_and_last_week():
    ours, last_year, last_week = [], [], []
    for seed in range(10):
        for region in MARKETS:
            series = weekly_demand(region, seed)
            seen, held_out = series[:-HOLD_OUT_WEEKS], series[-HOLD_OUT_WEEKS:]
            ours.append(mean_absolute_error(held_out, holt_winters(seen, HOLD_OUT_WEEKS)))
            last_year.append(mean_absolute_error(held_out, seasonal_naive(seen, HOLD_OUT_WEEKS)))
            last_week.append(mean_absolute_error(held_out, [float(seen[-1])] * HOLD_OUT_WEEKS))
    assert fmean(ours) < 0.7 * fmean(last_year)
    assert fmean(ours) < 0.7 * fmean(last_week)


def test_the_score_told_is_the_error_on_the_held_out_weeks():
    series = weekly_demand("oceania", 3)
    seen, held_out = series[:-HOLD_OUT_WEEKS], series[-HOLD_OUT_WEEKS:]
    found = forecast(series)
    assert found.method == "holt-winters"
    assert found.error == round(
        mean_absolute_error(held_out, holt_winters(seen, HOLD_OUT_WEEKS)), 3
    )
    assert found.error < found.naive_error


def test_a_series_that_only_repeats_itself_is_left_to_the_naive_method():
    year = [50 + (week * 37) % 41 for week in range(52)]
    found = forecast(year * 4)
    assert found.naive_error == 0
    assert found.weekly[:13] == tuple(year[:13])


def test_too_short_a_history_is_refused():
    with pytest.raises(ValueError, match="60 weeks are too few"):
        forecast([10] * 60)


def test_more_stock_lasts_longer_and_enough_stock_never_runs_out():
    weekly = [100] * 13
    days = [project(s, weekly, 10.0, lead_weeks=6, seed=1).runs_out_day for s in (200, 600, 1_800)]
    assert days[0] < days[1]
    assert days[2] is None


def test_without_errors_the_stock_out_day_can_be_counted_by_hand():
    # 250 pallets at 100 a week: two weeks and half of the third, day 14 + 3
    found = project(250, [100] * 6, 0.0, lead_weeks=4, seed=1)
    assert found.runs_out_day == 17
    assert found.safety_pallets == 0
    assert found.reorder_teu == -(-350 // PALLETS_PER_TEU)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3_000), st.floats(0, 80), st.integers(0, 2**32))
def test_the_simulation_is_fixed_by_its_seed_and_caution_grows_with_the_spread(stock, spread, seed):
    weekly = [120, 140, 100, 90, 130, 150]
    found = project(stock, weekly, spread, lead_weeks=6, seed=seed)
    assert found == project(stock, weekly, spread, lead_weeks=6, seed=seed)
    calm = project(stock, weekly, 0.0, lead_weeks=6, seed=seed)
    assert found.safety_pallets >= calm.safety_pallets
    assert found.reorder_teu >= calm.reorder_teu
