"""Writes the reference pages that are made from code: lifecycles and settings of the glossary.

python scripts/docs.py          write them
python scripts/docs.py --check  say which are stale, and fail
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orchestration.lifecycle import TRANSITIONS  # noqa: E402 - the path comes first


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


PAGES = {"docs/lifecycle.md": lifecycles}


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
