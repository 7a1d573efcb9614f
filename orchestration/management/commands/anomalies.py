"""`manage.py anomalies score FOLDER`: how well anomalies in series of numbers are found."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError

from orchestration.anomalies import nab
from orchestration.anomalies.series import ALARM, SeriesDetector
from orchestration.errors import InvalidInput
from orchestration.management.series_files import Series, read_folder

SCORER = (
    "Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad 2015), as implemented in "
    "orchestration/anomalies/nab.py"
)


class Scoring(Protocol):
    """What scores the values of one series in their order."""

    def score(self, moment: Any, value: float) -> float:
        """How strange a value is, 0 to 1."""


DETECTORS: dict[str, Callable[[], Scoring]] = {
    "signalbox": SeriesDetector,
    "windowed gaussian": nab.WindowedGaussian,
}


class Command(BaseCommand):
    """Scores the detector of series, and a plain one beside it, on a folder of labelled series."""

    requires_system_checks: list[str] = []
    """It works on files alone."""

    help = "Score the detector of series on a folder in the form of the Numenta benchmark."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The verb and its options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        score = verbs.add_parser("score", help="score a folder of CSV files with a file of windows")
        score.add_argument("folder", type=Path)
        score.add_argument("--labels", type=Path, help="default: combined_windows.json in it")
        score.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, score and print."""
        try:
            series = read_folder(options["folder"], options["labels"])
        except InvalidInput as error:
            raise CommandError("\n".join(error.problems)) from error
        said = {name: _scored(series, make) for name, make in DETECTORS.items()}
        if options["json"]:
            text = json.dumps({"scorer": SCORER, "series": len(series), "detectors": said})
            self.stdout.write(text)
            return
        self._print(said)

    def _print(self, said: dict[str, Any]) -> None:
        self.stdout.write(SCORER)
        for name, one in said.items():
            best = one["best"]
            self.stdout.write(
                f"{name}: {best['score']:.2f} at the best common threshold {best['threshold']:.4f}:"
                f" {best['found']} windows found, {best['missed']} missed,"
                f" {best['false_alarms']} alarms outside"
            )
            if "own" in one:
                self.stdout.write(f"  at its own threshold {ALARM}: {one['own']['score']:.2f}")
            for row in one["series"]:
                self.stdout.write(
                    f"  {row['name']}: {row['score']:.2f}, {row['found']} found,"
                    f" {row['missed']} missed, {row['false_alarms']} outside"
                )


def _scored(series: Sequence[Series], make: Callable[[], Scoring]) -> dict[str, Any]:
    rated = [_rated(one, make()) for one in series]
    best = nab.best(rated)
    said: dict[str, Any] = {
        "best": _plain(best),
        "series": [
            {
                "name": one.name,
                **_plain(nab.mark([one], best.threshold)),
                "alarms": [
                    str(moment)
                    for moment, score in zip(one.moments, one.scores, strict=True)
                    if score >= best.threshold
                ],
            }
            for one in rated
        ],
    }
    if make is SeriesDetector:
        said["own"] = _plain(nab.mark(rated, ALARM))
    return said


def _rated(series: Series, detector: Scoring) -> nab.Rated:
    pairs = zip(series.moments, series.values, strict=True)
    scores = [detector.score(moment, value) for moment, value in pairs]
    return nab.Rated(series.name, series.moments, scores, series.windows)


def _plain(mark: nab.Mark) -> dict[str, Any]:
    """The mark as JSON, which has no word for a threshold that nothing reaches."""
    said = asdict(mark)
    return {**said, "threshold": min(said["threshold"], 2.0)}
