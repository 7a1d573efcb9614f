"""Only the ledger itself writes its tables; everybody else reads them."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import sources

WRITES = frozenset(
    {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update"}
    | {"delete", "save"}
)

BAD = [
    "from audit.models import Entry\nEntry.objects.create(kind='made.up')",
    "from audit.models import Entry as E\nE.objects.filter(pk=1).update(kind='other')",
    "from audit.models import Leaf\nLeaf(entry=1).save()",
    "from audit.models import Entry\nEntry(kind='made.up')",
    "from audit import models\nmodels.Entry.objects.all().delete()",
]
GOOD = [
    "from audit.models import Entry\nEntry.objects.filter(pk=1).count()",
    "from orchestration.models import Goal\nGoal.objects.create()",
]


def _ledger_names(tree: ast.Module) -> set[str]:
    """What a module calls the ledger's models."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            of_models = node.module == "audit.models"
            wanted = [a for a in node.names if of_models or (node.module, a.name) == MODELS]
            names |= {alias.asname or alias.name for alias in wanted}
    return names


MODELS = ("audit", "models")


def _root(node: ast.expr) -> str:
    """The name at which a chain of calls and attributes begins."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _writes(tree: ast.Module) -> list[int]:
    """The lines on which a module writes the ledger's tables."""
    names = _ledger_names(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if _root(call.func) in names
        and (
            isinstance(call.func, ast.Name)
            or (isinstance(call.func, ast.Attribute) and call.func.attr in WRITES)
        )
    ]


def test_nobody_outside_the_ledger_writes_its_tables() -> None:
    found = {
        str(path): _writes(tree)
        for path, tree in sources.modules().items()
        if not path.is_relative_to("audit")
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("code", BAD)
def test_the_rule_finds_a_write(code: str) -> None:
    assert _writes(ast.parse(code))


@pytest.mark.parametrize("code", GOOD)
def test_the_rule_lets_others_read(code: str) -> None:
    assert not _writes(ast.parse(code))
