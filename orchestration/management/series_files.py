"""Reading a folder of series as the Numenta benchmark keeps them: CSV files, and windows."""

from __future__ import annotations

import csv
import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from orchestration.anomalies.nab import Window
from orchestration.errors import InvalidInput

LABELS = "combined_windows.json"


class Series(NamedTuple):
    """One file: its path inside the folder, its values with their moments, and its windows."""

    name: str
    moments: list[datetime]
    values: list[float]
    windows: list[Window]


def read_folder(folder: Path, labels: Path | None = None) -> list[Series]:
    """The series that the labels name, in the order of their names.

    Raises InvalidInput naming the file, and the line where there is one.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder")
    windows = _windows(labels or _labels_in(folder))
    missing = [name for name in windows if not _inside(folder, name).is_file()]
    if missing:
        raise InvalidInput(*(f"{name} has labels and is not in the folder" for name in missing))
    if not windows:
        raise InvalidInput("the labels name no series")
    return [Series(name, *_values(folder / name), windows[name]) for name in sorted(windows)]


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InvalidInput(f"{name} lies outside the folder")
    return path


def _labels_in(folder: Path) -> Path:
    if (folder / LABELS).is_file():
        return folder / LABELS
    found = sorted(folder.glob("*.json"))
    if len(found) != 1:
        raise InvalidInput(f"the folder has no {LABELS}; name the file with --labels")
    return found[0]


def _windows(path: Path) -> dict[str, list[Window]]:
    try:
        said: Any = json.loads(path.read_text("utf-8"))
        return {
            str(name): [(_moment(begin), _moment(end)) for begin, end in pairs]
            for name, pairs in said.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InvalidInput(f"{path.name}: not a file of windows by series: {error}") from error


def _values(path: Path) -> tuple[list[datetime], list[float]]:
    moments, values = [], []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                moment, value = _moment(row["timestamp"]), float(row["value"])
            except (KeyError, TypeError, ValueError) as error:
                raise InvalidInput(
                    f"{path.name}, line {number}: it needs timestamp and value: {error}"
                ) from error
            if not math.isfinite(value):
                raise InvalidInput(f"{path.name}, line {number}: {row['value']} is no number")
            moments.append(moment)
            values.append(value)
    return moments, values


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
