"""Conditions in CEL, behind one module: check, compile once, evaluate. Nothing else imports CEL.

The language is Google's Common Expression Language (cel-spec) as implemented by cel-cpp. Left out:
the macros that build lists, and the joining of texts and lists, because their memory is unbounded.
An error is never a match: cel-cpp returns it as a value whose plain form is a text, so only the
Python constants True and False count as answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from cel_expr_python import cel

from orchestration.policy.expressions import Fault, shape_of, undeclared_facts
from orchestration.policy.fields import FIELDS, closest
from orchestration.policy.request import Request

_LEFT_OUT = """
stdlib:
  exclude_macros: [map, filter]
  exclude_functions:
    - name: "_+_"
      overloads: [{id: add_string}, {id: add_list}, {id: add_bytes}]
"""
_POSITION = re.compile(r"ERROR: <input>:(\d+):(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")


class Activation(Protocol):
    """The values of one request in the form CEL reads."""


class Answer(Protocol):
    """A CEL value."""

    def plain_value(self) -> Any: ...


class Compiled(Protocol):
    """A compiled condition; safe to keep and to share between threads."""

    def eval(self, activation: Any) -> Answer: ...


def _environment() -> Any:
    lines = [f"  - {{name: {name}, type: '{field.type}'}}" for name, field in FIELDS.items()]
    text = _LEFT_OUT + "variables:\n" + "\n".join(lines) + "\n"
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(text))


_ENVIRONMENT = _environment()


def check(source: str, facts: frozenset[str] = frozenset()) -> list[Fault]:
    """What is wrong with a condition: form, unknown fields and facts, types. Empty means usable."""
    faults = list(shape_of(source).faults)
    if faults:
        return faults
    faults = undeclared_facts(source, facts)
    compiled = _compile(source)
    return faults + compiled if isinstance(compiled, list) else faults


def compiled(source: str) -> Compiled:
    """The compiled condition. Raises ValueError when `check` finds something wrong with it."""
    faults = shape_of(source).faults
    result = faults or _kept(source)
    if isinstance(result, list | tuple):
        raise ValueError(f"not a usable condition: {result[0].message}")  # noqa: TRY004
    expression: Compiled = result
    return expression


def together(sources: Iterable[str]) -> Compiled | None:
    """One expression that gives the list of all answers; None if it is too large for CEL.

    It fails when one of the conditions fails, and then says nothing about any of them.
    """
    expression = "[" + ",".join(f"({source}\n)" for source in sources) + "]"
    result = _compile(expression, "LIST<BOOL>")
    return None if isinstance(result, list) else result


def activation(request: Request, variables: Iterable[str]) -> Activation:
    """The named fields of a request, made ready for any number of conditions."""
    values = {}
    for name in variables:
        value = _value(request, name)
        if value is not None:
            values[name] = value
    made: Activation = _ENVIRONMENT.Activation(values)
    return made


def activation_of(values: Mapping[str, Any]) -> Activation:
    """Fields by dotted name; a field that is None is left out, so that naming it is an error."""
    result: Activation = _ENVIRONMENT.Activation(
        {name: value for name, value in values.items() if value is not None}
    )
    return result


def evaluate(condition: Compiled, values: Activation) -> bool | str:
    """True for a match, False for none, and a text saying why it could not be evaluated."""
    try:
        answer = condition.eval(values).plain_value()
    except RuntimeError as error:
        return _tidy(str(error))
    if answer is True or answer is False:
        return bool(answer)
    return _tidy(str(answer))


def evaluate_all(conditions: Compiled, values: Activation) -> list[bool] | None:
    """The answers of conditions compiled `together`; None when one of them failed."""
    try:
        answers = conditions.eval(values).plain_value()
    except RuntimeError:
        return None
    return answers if isinstance(answers, list) else None


@lru_cache(maxsize=256)
def _parts(name: str) -> tuple[str, str]:
    root, _, field = name.partition(".")
    return root, field


def _value(request: Request, name: str) -> Any:
    if name == "facts":
        return request.facts
    root, field = _parts(name)
    if root == "time" or field == "organisation":
        return request.derived((root, field))
    section: Mapping[str, Any] = getattr(request, root)
    return section.get(field)


@lru_cache(maxsize=4_096)
def _kept(source: str) -> Any:
    return _compile(source)


def _compile(source: str, kind: str = "BOOL") -> Any:
    try:
        expression = _ENVIRONMENT.compile(source)
    except (RuntimeError, ValueError, UnicodeError) as error:
        return _faults(str(error))
    found = expression.return_type().name()
    if found != kind:
        return [Fault(1, 1, f"a condition must be true or false, this is {found}; compare it")]
    return expression


def _faults(text: str) -> list[Fault]:
    found = [
        Fault(int(line), max(int(column), 1), _with_hint(message))
        for line, column, message in _POSITION.findall(text)
    ]
    return found or [Fault(1, 1, _tidy(text))]


def _with_hint(message: str) -> str:
    message = message.replace(" (in container '')", "").replace(" [INVALID_ARGUMENT]", "")
    name = _UNDECLARED.search(message)
    return f"no field {name[1]}{closest(name[1], FIELDS)}" if name else message


def _tidy(text: str) -> str:
    return " ".join(text.split())[:300]
