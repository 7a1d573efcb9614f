"""The policies that come with Signalbox: the baseline, and packs to choose from."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def baseline_files() -> list[Path]:
    """The policies in force from the first start, by name."""
    return sorted((_HERE / "baseline").glob("*.yaml"))


def packs() -> dict[str, list[Path]]:
    """The files of each pack, by the pack's name."""
    folders = sorted(one for one in (_HERE / "packs").iterdir() if one.is_dir())
    return {one.name: sorted(one.glob("*.yaml")) for one in folders}


def constitution_file() -> Path:
    """The principles that agents carry from the first start."""
    return _HERE / "constitution.yaml"
