"""Reads YAML into a tree that knows where each value stands, and refuses what could do harm.

Only plain values are read: no anchors, aliases, tags, merge keys or second documents, nothing twice
under one key, and bounds on size and depth that are checked before the tree is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

LIMIT_CHARACTERS = 65_536
LIMIT_DEPTH = 12
LIMIT_VALUES = 5_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?\d{1,18}")
_DECIMAL = re.compile(r"[-+]?\d{1,18}\.\d{1,18}")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Problem:
    """Something wrong in a policy's text; line and column count from 1."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        return f"line {self.line}, column {self.column}{where}: {self.message}"


class PolicyError(ValueError):
    """A policy's text was refused; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(one) for one in problems))
        self.problems = problems


@dataclass(frozen=True)
class Located:
    """A value and where it stands. Mappings hold Located values, sequences too.

    `quote` is how a text is written: empty for plain, a quote mark, or `|` and `>` for blocks.
    """

    value: Any
    line: int
    column: int
    path: str
    quote: str = ""

    def problem(self, message: str) -> Problem:
        """A problem at this place."""
        return Problem(self.line, self.column, self.path, message)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: one.plain() for key, one in self.value.items()}
        if isinstance(self.value, list):
            return [one.plain() for one in self.value]
        return self.value


def read(text: str) -> Located:
    """The tree of a YAML text. Raises PolicyError with line and column."""
    if len(text) > LIMIT_CHARACTERS:
        message = f"a policy has at most {LIMIT_CHARACTERS} characters, this one {len(text)}"
        raise PolicyError([Problem(1, 1, "", message)])
    try:
        _refuse_harm(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise PolicyError([Problem(*place, "", f"not YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        message = f"not YAML: {' '.join(str(error).split())[:200]}"
        raise PolicyError([Problem(1, 1, "", message)]) from error
    if node is None:
        raise PolicyError([Problem(1, 1, "", "the text is empty")])
    return _located(node, "")


def _refuse_harm(text: str) -> None:
    depth = values = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        for message in _harm(event, depth, values, documents):
            mark: Any = event.start_mark
            raise PolicyError([Problem(mark.line + 1, mark.column + 1, "", message)])


def _harm(event: Any, depth: int, values: int, documents: int) -> Iterator[str]:
    if depth > LIMIT_DEPTH:
        yield f"nested more than {LIMIT_DEPTH} deep"
    if values > LIMIT_VALUES:
        yield f"more than {LIMIT_VALUES} values"
    if documents > 1:
        yield "only one document may stand in a file"
    if getattr(event, "anchor", None):
        yield "anchors and aliases are not allowed"
    if getattr(event, "tag", None):
        yield "tags are not allowed"


def _located(node: Any, path: str) -> Located:
    mark = node.start_mark
    line, column = mark.line + 1, mark.column + 1
    if isinstance(node, yaml.MappingNode):
        return Located(_mapping(node, path), line, column, path)
    if isinstance(node, yaml.SequenceNode):
        items = [_located(item, f"{path}[{at}]") for at, item in enumerate(node.value)]
        return Located(items, line, column, path)
    quote = node.style or ""
    value = node.value if quote else _scalar(node.value, line, column, path)
    return Located(value, line, column, path, quote)


def _mapping(node: Any, path: str) -> dict[str, Located]:
    found: dict[str, Located] = {}
    for key, value in node.value:
        mark = key.start_mark
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            raise PolicyError(
                [Problem(mark.line + 1, mark.column + 1, path, "a key must be a plain word")]
            )
        if key.value in found:
            message = f"{key.value} stands here twice"
            raise PolicyError([Problem(mark.line + 1, mark.column + 1, path, message)])
        found[key.value] = _located(value, f"{path}.{key.value}" if path else key.value)
    return found


def _scalar(text: str, line: int, column: int, path: str) -> Any:
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if re.fullmatch(r"[-+]?\d{19,}", text):
        raise PolicyError([Problem(line, column, path, "a number has at most 18 digits")])
    return text
