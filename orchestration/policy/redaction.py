"""Hides the parts of a call that `redact` obligations name, for those who may not see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestration.policy.scopes import matches

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

CONCEALED = "[hidden]"
"""Stands in a stored call where a value was withheld from the store by a `redact` obligation."""

REDACTED = {"redacted": True}
"""Stands where a value was hidden."""


def redact(arguments: Json, patterns: Iterable[str]) -> Json:
    """A copy of the arguments in which every value at a named path is REDACTED.

    Paths begin with `arguments`, as in `arguments.iban` or `arguments.people.*.name`; `*` stands
    for any run of characters. Redacting twice changes nothing more.
    """
    return _hidden(arguments, tuple(patterns), "arguments")


def _hidden(value: Json, patterns: tuple[str, ...], path: str) -> Json:
    if matches(patterns, path):
        return REDACTED
    if isinstance(value, dict):
        return {key: _hidden(held, patterns, f"{path}.{key}") for key, held in value.items()}
    if isinstance(value, list):
        return [_hidden(held, patterns, f"{path}.{at}") for at, held in enumerate(value)]
    return value
