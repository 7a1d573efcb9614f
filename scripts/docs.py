"""Writes the reference pages that are made from code: lifecycles and settings of the glossary.

python scripts/docs.py          write them
python scripts/docs.py --check  say which are stale, and fail
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orchestration.anomalies import registry as anomalies  # noqa: E402 - the path comes first
from orchestration.coherence import registry as coherence  # noqa: E402
from orchestration.detection.findings import About  # noqa: E402
from orchestration.lifecycle import TRANSITIONS  # noqa: E402


def lifecycles() -> str:
    """docs/lifecycle.md: from which state each kind of subject may move to which."""
    lines = [
        "# Lifecycles",
        "",
        "Made from `orchestration/lifecycle.py` by `scripts/docs.py`; do not edit by hand. A move"
        " that is not in the table is refused as an illegal transition, and a state without a way"
        " on is final.",
    ]
    for kind, table in TRANSITIONS.items():
        lines += ["", f"## {kind.capitalize()}", "", "| from | to |", "|---|---|"]
        for source, targets in table.items():
            lines.append(f"| {source} | {', '.join(sorted(targets)) or '—'} |")
    return "\n".join(lines) + "\n"


def detectors() -> str:
    """docs/anomalies.md: the page as written in scripts/anomalies.md, and a table of detectors."""
    abouts = [one.about for one in (*coherence.detectors(), *anomalies.detectors())]
    written = (ROOT / "scripts" / "anomalies.md").read_text(encoding="utf-8")
    return written.replace("[[detectors]]", "\n\n".join(map(detector, abouts)))


def detector(about: About) -> str:
    """What a detector says of itself."""
    needs = ", ".join(kind.__name__ for kind in about.needs)
    ladder = ", ".join(one.value for one in about.ladder)
    rows = [f"| {one.name} | {one.value:g} | {one.reason} |" for one in about.thresholds]
    how = "It proves what it says." if about.exact else "It judges by likeness and numbers."
    return "\n".join(
        [
            f"### {about.title} (`{about.name}`)",
            "",
            f"{about.sentence} {how} Needs: {needs}. Cost: {about.cost}. Ladder: {ladder}.",
            "",
            "| threshold | value | reason |",
            "|---|---|---|",
            *rows,
        ]
    )


PAGES = {"docs/lifecycle.md": lifecycles, "docs/anomalies.md": detectors}


def stale() -> list[str]:
    """The pages that differ from what the code says."""
    return [
        name
        for name, made in PAGES.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != made()
    ]


def main() -> int:
    """Write or check all pages."""
    if "--check" in sys.argv:
        found = stale()
        for name in found:
            sys.stderr.write(f"{name} is stale: run `make docs`\n")
        return 1 if found else 0
    for name, made in PAGES.items():
        (ROOT / name).write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
