"""Modules are named for what they are about, never for what could be anything."""

from __future__ import annotations

import re

import pytest

from tests.architecture import sources

BANNED = re.compile(
    r"(^|_)(manager|helper|util|common|misc|data|process|workflow)(s|es)?($|_)", re.IGNORECASE
)


def test_no_module_has_a_name_that_says_nothing() -> None:
    words = {part for path in sources.modules() for part in path.with_suffix("").parts}
    assert {word for word in words if BANNED.search(word)} == set()


@pytest.mark.parametrize("name", ["utils", "common", "data_tools", "my_helper", "processes"])
def test_the_rule_finds_such_names(name: str) -> None:
    assert BANNED.search(name)


@pytest.mark.parametrize("name", ["databases", "processing", "metadata"])
def test_the_rule_leaves_other_words_alone(name: str) -> None:
    assert not BANNED.search(name)


def test_views_ask_for_rows_through_restricted_queries_only() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in sources.modules().items()
        if path.is_relative_to("console/views")
        for node in sources.ast.walk(tree)
        if isinstance(node, sources.ast.Attribute) and node.attr in ("objects", "_default_manager")
    ]
    assert found == []
