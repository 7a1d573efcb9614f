"""The offline verifier as one readable file, made from the modules that the product itself uses."""

from __future__ import annotations

import ast
from pathlib import Path

PARTS = ("ed25519", "merkle", "notes", "trust", "receipts", "proof_lines", "verify")
"""Modules in the order in which they need each other; each needs the standard library only."""

_HERE = Path(__file__).parent


def verifier_source() -> str:
    """The text of `verify.py` as it travels inside a bundle."""
    opening = ast.get_docstring(_parsed("verify")) or ""
    text = [f'"""{opening}\n"""\n', "from __future__ import annotations\n"]
    for part in PARTS:
        text.append(f"\n# {'─' * 10} audit/{part}.py {'─' * 10}\n")
        text.append(_body(part))
    return "\n".join(text)


def _parsed(part: str) -> ast.Module:
    return ast.parse((_HERE / f"{part}.py").read_text())


def _body(part: str) -> str:
    """A module without its imports of the other parts."""
    lines = (_HERE / f"{part}.py").read_text().splitlines()
    dropped: set[int] = set()
    for node in _parsed(part).body:
        own = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (
            "audit",
            "__future__",
        )
        if own:
            dropped.update(range(node.lineno - 1, (node.end_lineno or node.lineno)))
    return "\n".join(line for number, line in enumerate(lines) if number not in dropped)
