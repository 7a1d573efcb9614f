"""Imports point one way, there are no cycles, and the pure parts need nothing but Python."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import networkx
import pytest

from tests.architecture.sources import PACKAGES, ROOT

BLOCKED = ("django", "celery", "kombu", "channels", "redis", "psycopg", "httpx")

PLANTED = {
    "audit/identifiers.py": "import console.env",
    "orchestration/models/unit.py": "import orchestration.operations.people",
    "orchestration/vocabulary.py": "import django.db",
    "console/views/health.py": "import console.views.beside",
}
"""A line for each contract that breaks it."""

IMPORT_WITHOUT = """
import sys
from importlib import import_module
from importlib.abc import MetaPathFinder


class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(f"pure code imported {{name}}")


sys.meta_path.insert(0, Refuse())
for name in {names!r}:
    import_module(name)
"""


def _contracts(section: str, key: str) -> list[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser[f"importlinter:contract:{section}"][key].split()


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                "from importlinter.cli import lint_imports_command as run;run()",
            ),
            *("--config", str(ROOT / ".importlinter"), "--no-cache"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_are_kept() -> None:
    finished = _lint(ROOT)
    assert finished.returncode == 0, finished.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's packages, to be spoilt."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "baseline")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    return tmp_path


def test_each_contract_is_broken_by_a_planted_violation(copy: Path) -> None:
    (copy / "console/views/beside.py").write_text('"""Another family of screens."""\n')
    for name, line in PLANTED.items():
        with (copy / name).open("a") as file:
            file.write(f"\n{line}\n")

    finished = _lint(copy)
    assert finished.returncode == 1
    assert finished.stdout.count(" BROKEN") == len(PLANTED)
    assert " KEPT" not in finished.stdout


def test_no_module_is_part_of_an_import_cycle() -> None:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    imports = networkx.DiGraph(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )
    knots = [sorted(knot) for knot in networkx.strongly_connected_components(imports)]
    assert [knot for knot in knots if len(knot) > 1] == []


def _pure_modules() -> list[str]:
    names = []
    for source in _contracts("pure", "source_modules"):
        path = ROOT / source.replace(".", "/")
        found = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        names += [".".join(one.relative_to(ROOT).with_suffix("").parts) for one in found]
    return [name.removesuffix(".__init__") for name in names]


def test_pure_modules_run_without_django_celery_and_redis() -> None:
    program = IMPORT_WITHOUT.format(blocked=set(BLOCKED), names=_pure_modules())
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert len(_pure_modules()) > 10


def test_a_module_that_needs_django_fails_that_test() -> None:
    program = IMPORT_WITHOUT.format(blocked=set(BLOCKED), names=["console.env"])
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert "pure code imported django" in finished.stderr
