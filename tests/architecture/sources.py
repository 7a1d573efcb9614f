"""The source files that the architecture tests look at, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("console", "orchestration", "audit")


@cache
def modules() -> dict[Path, ast.Module]:
    """Every module of the product, without migrations, by its path below the root."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found[path.relative_to(ROOT)] = ast.parse(path.read_text("utf-8"))
    return found


@cache
def tests() -> dict[Path, ast.Module]:
    """Every test module."""
    paths = sorted((ROOT / "tests").rglob("*.py"))
    return {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in paths}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a module, inner ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The length of a function from its first line to its last, docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def length_of(path: Path) -> int:
    """The lines of a file that are not blank."""
    return sum(1 for line in (ROOT / path).read_text("utf-8").splitlines() if line.strip())


def ninetieth(values: list[int]) -> int:
    """The ninetieth percentile."""
    return sorted(values)[int(len(values) * 0.9)] if values else 0
