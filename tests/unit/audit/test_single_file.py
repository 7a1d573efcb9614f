"""The verifier in one file: its parts share one room, so no two may use a name for two things."""

from __future__ import annotations

import ast
from collections import Counter

from audit.single_file import PARTS, _body, verifier_source


def names(source: str) -> list[str]:
    """What a text defines at its top level."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [
                name.id
                for target in node.targets
                for name in ast.walk(target)
                if isinstance(name, ast.Name)
            ]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return found


def test_no_two_parts_define_one_name() -> None:
    counted = Counter(name for part in PARTS for name in names(_body(part)))
    assert len(counted) > 60
    assert [name for name, times in counted.items() if times > 1] == []


def test_the_one_file_needs_the_standard_library_only() -> None:
    tree = ast.parse(verifier_source())
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not {name for name in imported if name.split(".")[0] in ("audit", "django", "orjson")}
    assert "audit" not in {name.split(".")[0] for name in imported}
