"""Reads what earlier stages found out of the results that a task was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def result_of(stage: str, results: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result of the needed task of a stage (`clear`, `route`, `stock`, ...); empty when
    there is none.
    """
    for key, result in results.items():
        if key.startswith(f"{stage}-") and isinstance(result, Mapping):
            return result
    return {}
