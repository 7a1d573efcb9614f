"""Only operations write rows, and only through tables of their own; so nothing escapes the walks
that demand an entry of each operation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import sources

WRITES = frozenset(
    {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update"}
    | {"delete", "save", "acreate", "aupdate", "adelete", "asave"}
)
MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
ON_ROWS = frozenset({"save", "delete", "bulk_create", "bulk_update", "asave", "adelete"})
"""Words that write wherever they stand; the others also belong to dictionaries and digests."""

SQL = re.compile(r"\b(insert into|update (only )?\w+\s+set|delete from|truncate)\b", re.IGNORECASE)
HOME = Path("orchestration/operations")

ELSEWHERE = {
    "console/diagnosis/database.py": "asks whether the database would refuse, and writes nothing",
    "orchestration/attributes/declared.py": "makes the guards that limits are counted by",
}
"""Other modules that write rows of orchestration, with the reason."""

BAD = [
    "Goal.objects.create(title='x')",
    "Goal.objects.filter(pk=1).exclude(state='x').update(state='y')",
    "goal.save()",
    "goal.tasks.all().delete()",
    "cursor.execute('insert into orchestration_goal values (1)')",
    "cursor.execute(f'update {table} set state = 1')\nX = 'update orchestration_goal set x = 1'",
]
GOOD = [
    "context.update({'a': 1})",
    "Goal.objects.filter(pk=1).count()",
    "hashlib.new('sha256').update(b'x')",
    "X = 'Last update of the page'",
]


def writes(tree: ast.Module) -> Iterator[int]:
    """The lines on which a module writes rows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            word = node.func.attr
            if word in ON_ROWS or (word in WRITES and _of_a_manager(node.func.value)):
                yield node.lineno
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and SQL.search(node.value)
        ):
            yield node.lineno


def _of_a_manager(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            return True
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return False


def _concerned() -> dict[Path, ast.Module]:
    return {
        path: tree
        for path, tree in sources.modules().items()
        if path.parts[0] in {"console", "orchestration"}
        and not path.is_relative_to(HOME)
        and "migrations" not in path.parts
    }


def test_nothing_but_operations_writes_rows() -> None:
    found = {str(path): sorted(writes(tree)) for path, tree in _concerned().items()}
    assert {path: lines for path, lines in found.items() if lines and path not in ELSEWHERE} == {}


def test_each_exception_is_still_one() -> None:
    concerned = {str(path): tree for path, tree in _concerned().items()}
    assert [path for path in ELSEWHERE if not list(writes(concerned[path]))] == []


@pytest.mark.parametrize("code", BAD)
def test_the_rule_finds_a_write(code: str) -> None:
    assert list(writes(ast.parse(code)))


@pytest.mark.parametrize("code", GOOD)
def test_the_rule_lets_others_read(code: str) -> None:
    assert not list(writes(ast.parse(code)))
