"""The page on running Signalbox names every setting, finding of the doctor and system check."""

from __future__ import annotations

import re

import pytest

from console import checks
from console.standalone.services import RECORDED
from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs" / "running.md").read_text("utf-8")
READ = re.compile(r"\.(?:text|words|flag|integer|port|choice|path|url|secret)\(\s*\"([A-Z_]+)\"")
FINDING = re.compile(r"[\"'](doctor\.[a-z-]+)")


def _in_code(folder: str, pattern: re.Pattern[str]) -> set[str]:
    files = sorted((ROOT / folder).rglob("*.py"))
    return {name for path in files for name in pattern.findall(path.read_text("utf-8"))}


def _rows(prefix: str) -> set[str]:
    """What the first column of the page's tables names."""
    return set(re.findall(rf"^\| `({prefix}[^`]*)` \|", PAGE, re.MULTILINE))


def test_every_setting_that_is_read_is_explained() -> None:
    read = _in_code("console", READ)
    assert {"DATA", "PORT", "DATABASE_URL", "WORKER_SLOTS"} <= read
    assert {name for name in read if f"`{name}`" not in PAGE} == set()


def test_every_setting_that_is_explained_is_read() -> None:
    assert _rows("[A-Z]") - _in_code("console", READ) == set()


def test_settings_shared_with_other_commands_are_explained() -> None:
    assert {name for name in RECORDED if f"`{name}`" not in PAGE} == set()


def test_every_finding_of_the_doctor_is_explained_and_exists() -> None:
    found = _in_code("console/diagnosis", FINDING)
    assert _rows("doctor") == {name for name in found if name != "doctor.worker-"} | {
        "doctor.worker-work",
        "doctor.worker-control",
        "doctor.worker-background",
    }


@pytest.mark.parametrize(
    "check",
    [value for value in vars(checks).values() if hasattr(value, "hint")],
    ids=lambda c: c.id,
)
def test_every_check_is_explained(check: object) -> None:
    assert f"`{check.id}`" in PAGE  # type: ignore[attr-defined]
