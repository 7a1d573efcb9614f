"""Looks at the text of a condition before it is compiled: its limits and the fields it names.

CEL's own checker knows types; what it does not bound (length, nesting of comprehensions, joining
of texts) is bounded here, by a lexer of the CEL grammar (cel-spec, langdef.md, "Syntax").
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from orchestration.policy.fields import ROOTS, STANDARD_FACTS, closest

LIMIT_CHARACTERS = 4096
LIMIT_NESTING = 24
LIMIT_COMPREHENSIONS = 2
LIMIT_PLUS = 8
MACROS = frozenset({"all", "exists", "exists_one"})

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      |(?P<text>[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      |(?P<name>[A-Za-z_]\w*)
      |(?P<number>\d[\w.]*)
      |(?P<mark>&&|\|\||[=!<>]=|.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class Token(NamedTuple):
    """A piece of a condition: what kind it is, its text, and where it begins."""

    kind: str
    text: str
    at: int


class Fault(NamedTuple):
    """Something wrong in a condition; line and column count from 1."""

    line: int
    column: int
    message: str


_END = Token("mark", "", 0)


@dataclass(frozen=True)
class Shape:
    """What was found: the paths a condition names, and what is wrong with its form."""

    references: tuple[tuple[str, ...], ...]
    faults: tuple[Fault, ...]


@lru_cache(maxsize=4_096)
def shape_of(source: str) -> Shape:
    """The form of a condition, without compiling it."""
    if len(source) > LIMIT_CHARACTERS:
        message = f"a condition has at most {LIMIT_CHARACTERS} characters, this one {len(source)}"
        return Shape((), (Fault(1, 1, message),))
    tokens = tokens_of(source)
    faults = [_fault(source, at, message) for at, message in _form(tokens)]
    return Shape(tuple(sorted(set(_references(tokens)))), tuple(faults))


def undeclared_facts(source: str, declared: frozenset[str]) -> list[Fault]:
    """Facts that a condition names although nothing declares them."""
    known = declared | STANDARD_FACTS.keys()
    return [
        _fault(source, max(source.find("facts"), 0), _unknown_fact(path, known))
        for path in shape_of(source).references
        if path[0] == "facts" and (not path[1:] or path[1] not in known)
    ]


def _unknown_fact(path: tuple[str, ...], known: frozenset[str] | set[str]) -> str:
    if not path[1:]:
        return "name the fact, as in facts.budget"
    return f"no fact {path[1]} is declared{closest(path[1], known)}"


def tokens_of(source: str) -> list[Token]:
    """The pieces of a condition, without spaces and comments."""
    return [
        Token(match.lastgroup or "mark", match.group(), match.start())
        for match in _TOKEN.finditer(source)
        if match.lastgroup != "space"
    ]


def _fault(source: str, at: int, message: str) -> Fault:
    before = source[:at]
    return Fault(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1, message)


def _form(tokens: list[Token]) -> list[tuple[int, str]]:
    faults: list[tuple[int, str]] = []
    opened: list[bool] = []
    plus = 0
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in "([{":
            opened.append(_begins_comprehension(tokens, index))
            faults += _depth_faults(tokens, index, opened)
        elif token.text in ")]}" and opened:
            opened.pop()
        elif token.text == "+":
            plus += 1
            faults += _plus_faults(token, plus, inside=any(opened))
    return faults


def _begins_comprehension(tokens: list[Token], index: int) -> bool:
    return (
        tokens[index].text == "("
        and index > 1
        and tokens[index - 1].text in MACROS
        and tokens[index - 2].text == "."
    )


def _depth_faults(tokens: list[Token], index: int, opened: list[bool]) -> list[tuple[int, str]]:
    at = tokens[index].at
    if len(opened) > LIMIT_NESTING:
        return [(at, f"nested more than {LIMIT_NESTING} deep")]
    if not opened[-1]:
        return []
    if sum(opened) > LIMIT_COMPREHENSIONS:
        return [(at, f"at most {LIMIT_COMPREHENSIONS} of all/exists/exists_one may be nested")]
    bound = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if bound in ROOTS:
        return [(tokens[index + 1].at, f"{bound} is a field; name the variable otherwise")]
    return []


def _plus_faults(token: Token, plus: int, *, inside: bool) -> list[tuple[int, str]]:
    if inside:
        return [(token.at, "+ may not stand inside all/exists/exists_one")]
    if plus > LIMIT_PLUS:
        return [(token.at, f"a condition has at most {LIMIT_PLUS} +")]
    return []


def _references(tokens: list[Token]) -> list[tuple[str, ...]]:
    found = []
    for index, token in enumerate(tokens):
        begins = token.kind == "name" and token.text in ROOTS
        if begins and (index == 0 or tokens[index - 1].text != "."):
            found.append(_path_from(tokens, index))
    return found


def _path_from(tokens: list[Token], index: int) -> tuple[str, ...]:
    path = [tokens[index].text]
    rest = tokens[index + 1 :]
    while rest:
        mark, inner, after = (*rest, _END, _END)[:3]
        if mark.text == "." and inner.kind == "name" and after.text != "(":
            path.append(inner.text)
            rest = rest[2:]
        elif mark.text == "[" and inner.kind == "text" and after.text == "]":
            path.append(_plain(inner.text))
            rest = rest[3:]
        else:
            break
    return tuple(path)


def _plain(literal: str) -> str:
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal
    return value if isinstance(value, str) else literal
