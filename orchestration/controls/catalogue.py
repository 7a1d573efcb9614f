"""The frameworks as data: their rows, what each asks, which entries answer it, and what is missing.

Each file of `frameworks/` is one framework; see `Framework` for its keys. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import ConfigurationError

FOLDER = Path(__file__).parent / "frameworks"
ORDER = ("eu-ai-act", "owasp-agentic", "nist-ai-rmf", "iso-42001")


@dataclass(frozen=True)
class Evidence:
    """A search of the ledger that answers a row; with several searches their counts are added."""

    label: str
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Control:
    """A row of a framework.

    Attributes:
        id: as the framework numbers it. title, asks: in our own words.
        policies: the tag in `controls:` of policies that answer it; empty if policies can't.
        evidence: what the ledger holds for it. missing: what it does not, in a sentence.
    """

    id: str
    title: str
    asks: str
    policies: str
    evidence: tuple[Evidence, ...]
    missing: str


@dataclass(frozen=True)
class Framework:
    """A framework, when and against what its rows were checked, and dates that matter.

    `short` is its name where there is little room. `verified` says whether that check was against
    the authentic text.
    """

    key: str
    title: str
    short: str
    about: str
    checked_on: date
    checked_against: str
    verified: bool
    dates: tuple[tuple[str, date], ...]
    rows: tuple[Control, ...]


@cache
def frameworks() -> tuple[Framework, ...]:
    """All frameworks, in a fixed order; ConfigurationError when a file is not as it should be."""
    found = {one.key: one for one in map(_read, sorted(FOLDER.glob("*.yaml")))}
    if sorted(found) != sorted(ORDER):
        raise ConfigurationError(f"frameworks are {sorted(found)}, expected {sorted(ORDER)}")
    return tuple(found[key] for key in ORDER)


def _read(path: Path) -> Framework:
    try:
        said = yaml.safe_load(path.read_text("utf-8"))
        return Framework(
            key=said["framework"],
            title=said["title"],
            short=said["short"],
            about=said["about"],
            checked_on=said["checked"]["date"],
            checked_against=said["checked"]["against"],
            verified=said["checked"]["verified"],
            dates=tuple((one["what"], one["date"]) for one in said["dates"]),
            rows=tuple(map(_control, said["rows"])),
        )
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error


def _control(said: dict[str, Any]) -> Control:
    return Control(
        id=str(said["id"]),
        title=said["title"],
        asks=said["asks"],
        policies=said.get("policies", ""),
        evidence=tuple(map(_evidence, said["evidence"])),
        missing=said["missing"],
    )


def _evidence(said: dict[str, Any]) -> Evidence:
    also = (said["also"],) if "also" in said else ()
    return Evidence(said["label"], (said["query"], *also))
