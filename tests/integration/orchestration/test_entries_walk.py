"""The walk over operations misses none: there is nothing among them that it would not find."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from orchestration import operations
from tests.integration.orchestration.test_entries import WRITING, public_operations


def modules() -> list[ModuleType]:
    """Every module of operations."""
    return [
        importlib.import_module(f"{operations.__name__}.{info.name}")
        for info in pkgutil.iter_modules(operations.__path__)
    ]


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module defines under a public name."""
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__:
            yield name, value


def test_operations_lie_in_one_folder_and_need_no_further_search() -> None:
    assert [info.name for info in pkgutil.iter_modules(operations.__path__) if info.ispkg] == []
    assert public(operations) is not None
    assert dict(public(operations)) == {}


def test_whatever_can_be_called_among_operations_is_a_plain_function_or_a_value() -> None:
    """No coroutine, and no class whose methods write: the walk looks at functions."""
    strange = []
    for module in modules():
        for name, value in public(module):
            if inspect.isclass(value):
                found = [word for word in WRITING if word in inspect.getsource(value)]
                strange += [f"{module.__name__}.{name} holds {word}" for word in found]
            elif callable(value) and _runs_unseen(value):
                strange.append(f"{module.__name__}.{name} is a {type(value).__name__}")
    assert strange == []


def _runs_unseen(value: Any) -> bool:
    return not inspect.isfunction(value) or inspect.iscoroutinefunction(value)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__.split(".")[-1])
def test_each_function_that_others_import_is_among_those_walked(module: ModuleType) -> None:
    short = module.__name__.rpartition(".")[2]
    functions = {f"{short}.{name}" for name, value in public(module) if inspect.isfunction(value)}
    assert functions == {name for name in public_operations() if name.startswith(f"{short}.")}
