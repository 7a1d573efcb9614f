"""The policies that come with Signalbox: the baseline, and packs to choose from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orchestration.policy.language import parse
from orchestration.policy.terms import Policy

_HERE = Path(__file__).parent


def baseline_files() -> list[Path]:
    """The policies in force from the first start, by name."""
    return sorted((_HERE / "baseline").glob("*.yaml"))


def packs() -> dict[str, list[Path]]:
    """The files of each pack, by the pack's name."""
    folders = sorted(one for one in (_HERE / "packs").iterdir() if one.is_dir())
    return {one.name: sorted(one.glob("*.yaml")) for one in folders}


@dataclass(frozen=True)
class Pack:
    """A set of policies to choose, with the page that explains it (Markdown)."""

    name: str
    title: str
    about: str
    texts: tuple[str, ...]
    policies: tuple[Policy, ...]

    @property
    def controls(self) -> list[str]:
        """The requirements its policies serve."""
        return sorted({control for one in self.policies for control in one.controls})

    @property
    def tests(self) -> int:
        """How many tests stand inside its policies."""
        return sum(len(one.tests) for one in self.policies)


@cache
def pack_list() -> tuple[Pack, ...]:
    """Every pack, by name."""
    return tuple(_pack(name, files) for name, files in packs().items())


def pack_named(name: str) -> Pack | None:
    """The pack of that name, if there is one."""
    return next((one for one in pack_list() if one.name == name), None)


def _pack(name: str, files: list[Path]) -> Pack:
    about = (_HERE / "packs" / name / "about.md").read_text("utf-8")
    texts = tuple(file.read_text("utf-8") for file in files)
    title = about.partition("\n")[0].removeprefix("# ")
    return Pack(name, title, about, texts, tuple(parse(text) for text in texts))


def text_for(text: str, unit: str) -> str:
    """A pack's policy made a unit's own: named after it and bound to it; unchanged without unit."""
    if not unit:
        return text
    prefix = ".".join(re.sub(r"[^a-z0-9]+", "-", part.lower()) for part in unit.split("/"))
    named = re.sub(r"^policy: ", f"policy: {prefix}.", text, count=1, flags=re.MULTILINE)
    bound = f"scope: {{units: [{unit}/**], "
    if re.search(r"^scope: {", named, flags=re.MULTILINE):
        return re.sub(r"^scope: {", bound, named, count=1, flags=re.MULTILINE)
    head, _, rest = named.partition("\n")
    return f"{head}\n{bound.removesuffix(', ')}}}\n{rest}"
