"""Series of numbers: the benchmark's scoring, and a detector that beats the plain one."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from orchestration.anomalies.nab import (
    Rated,
    WindowedGaussian,
    best,
    mark,
    probation,
    sigmoid,
)
from orchestration.anomalies.series import ALARM, SeriesDetector
from tests.machinery.fleet_runs import dice

BEGIN = datetime(2026, 1, 5)  # noqa: DTZ001 - the benchmark's moments have no zone


def moments(count: int) -> list[datetime]:
    return [BEGIN + timedelta(minutes=5 * number) for number in range(count)]


def rated(scores: list[float], first: int, last: int) -> Rated:
    times = moments(len(scores))
    return Rated("x", times, scores, [(times[first], times[last])])


def alarms_at(*places: int, count: int = 400) -> list[float]:
    return [float(number in places) for number in range(count)]


def test_finding_a_window_at_its_first_value_gives_100_and_nothing_gives_0() -> None:
    assert mark([rated(alarms_at(200), 200, 239)], 0.5).score == 100.0
    assert mark([rated(alarms_at(), 200, 239)], 0.5).score == 0.0


def test_later_is_worth_less_and_only_the_first_alarm_of_a_window_counts() -> None:
    early = mark([rated(alarms_at(205), 200, 239)], 0.5).score
    late = mark([rated(alarms_at(235), 200, 239)], 0.5).score
    both = mark([rated(alarms_at(205, 220, 235), 200, 239)], 0.5)
    assert 100 > early > late > 50
    assert (both.score, both.found, both.false_alarms) == (early, 1, 0)


def test_false_alarms_cost_more_the_further_from_a_window_they_are() -> None:
    soon = mark([rated(alarms_at(200, 241), 200, 239)], 0.5).score
    far = mark([rated(alarms_at(200, 390), 200, 239)], 0.5).score
    before = mark([rated(alarms_at(100, 200), 200, 239)], 0.5).score
    assert 100 > soon > far
    assert far == pytest.approx(94.5, abs=0.1)
    assert before == pytest.approx(94.5)


def test_alarms_while_learning_count_nothing() -> None:
    assert mark([rated(alarms_at(*range(60), 200), 200, 239)], 0.5).score == 100.0
    assert probation(400) == 60
    assert probation(50_000) == 750


def test_the_worth_of_an_alarm_falls_over_its_window() -> None:
    assert sigmoid(-1.0) == pytest.approx(0.98661, abs=1e-5)
    assert sigmoid(0.0) == 0.0
    assert sigmoid(3.5) == -1.0


@given(st.lists(st.floats(0, 1), min_size=100, max_size=100))
def test_no_threshold_is_better_than_the_best_one(scores: list[float]) -> None:
    series = [rated(scores, 60, 79)]
    found = best(series)
    for threshold in [*scores[::7], 0.0, 1.1]:
        assert mark(series, threshold).score <= found.score + 1e-6


def wave(count: int, seed: int) -> list[float]:
    chance = dice(seed)
    day = 288
    return [50 + 20 * math.sin(2 * math.pi * n / day) + chance.gauss(0, 2) for n in range(count)]


def scores_of(detector: SeriesDetector | WindowedGaussian, values: list[float]) -> list[float]:
    pairs = zip(moments(len(values)), values, strict=True)
    return [detector.score(moment, value) for moment, value in pairs]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_value_that_is_odd_only_at_this_hour_is_found(seed: int) -> None:
    values = wave(288 * 14, seed)
    at = 288 * 12 + 72
    # at its daily peak the value is as it is at night: nothing odd without the hour
    values[at : at + 12] = [value - 40 for value in values[at : at + 12]]
    series = scores_of(SeriesDetector(), values)
    plain = scores_of(WindowedGaussian(), values)
    assert max(series[at : at + 12]) >= ALARM
    assert max(plain[at : at + 12]) < 0.99


@pytest.mark.parametrize("seed", [4, 5])
def test_an_ordinary_series_raises_few_alarms(seed: int) -> None:
    scores = scores_of(SeriesDetector(), wave(288 * 14, seed))
    assert sum(score >= ALARM for score in scores[600:]) <= 8


def test_one_cause_is_one_alarm() -> None:
    values = wave(288 * 10, 6)
    values[2500:2600] = [value + 100 for value in values[2500:2600]]
    alarms = [n for n, s in enumerate(scores_of(SeriesDetector(), values)) if s >= ALARM]
    inside = [n for n in alarms if 2500 <= n < 2640]
    assert inside
    assert inside[0] <= 2501
    assert len(inside) <= 3


def test_a_series_that_never_moves_is_not_odd_and_a_step_is() -> None:
    values = [5.0] * 500 + [6.0] * 20
    scores = scores_of(SeriesDetector(), values)
    assert max(scores[:500]) < ALARM
    assert scores[500] >= ALARM


def write(folder: Path, name: str, values: list[float]) -> None:
    rows = [f"{moment},{value}" for moment, value in zip(moments(len(values)), values, strict=True)]
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("timestamp,value\n" + "\n".join(rows))


def test_a_folder_is_scored_beside_the_plain_detector(tmp_path: Path) -> None:
    values = wave(288 * 10, 7)
    at = 288 * 9 + 72
    values[at : at + 24] = [value - 40 for value in values[at : at + 24]]
    write(tmp_path, "real/one.csv", values)
    times = moments(len(values))
    windows = {"real/one.csv": [[str(times[at - 20]), str(times[at + 100])]]}
    (tmp_path / "combined_windows.json").write_text(json.dumps(windows))
    out = StringIO()
    call_command("anomalies", "score", str(tmp_path), "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert "Numenta" in said["scorer"]
    ours, plain = said["detectors"]["signalbox"], said["detectors"]["windowed gaussian"]
    assert ours["best"]["score"] > plain["best"]["score"]
    assert ours["series"][0]["found"] == 1
    assert ours["series"][0]["alarms"]
    plainly = StringIO()
    call_command("anomalies", "score", str(tmp_path), stdout=plainly)
    assert "signalbox: " in plainly.getvalue()


@pytest.mark.parametrize(
    ("labels", "text", "said"),
    [
        ("[", "timestamp,value\n", "not a file of windows"),
        ('{"a.csv": [["x", "y"]]}', "timestamp,value\n", "not a file of windows"),
        ('{"b.csv": []}', "timestamp,value\n", "is not in the folder"),
        ('{"../b.csv": []}', "timestamp,value\n", "outside the folder"),
        ('{"a.csv": []}', "timestamp,value\n2026-01-01 00:00:00,much\n", "line 2"),
        ('{"a.csv": []}', "timestamp,value\n2026-01-01 00:00:00,nan\n", "line 2"),
        ('{"a.csv": []}', "time\n1\n", "line 2"),
        ("{}", "", "name no series"),
    ],
)
def test_a_folder_that_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, labels: str, text: str, said: str
) -> None:
    (tmp_path / "combined_windows.json").write_text(labels)
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("anomalies", "score", str(tmp_path))


def test_a_folder_that_is_not_there_or_has_no_labels_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        call_command("anomalies", "score", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="--labels"):
        call_command("anomalies", "score", str(tmp_path))
