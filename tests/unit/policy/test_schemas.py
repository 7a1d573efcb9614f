"""A policy that names an argument no tool has is told so, with the place and what there is."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.policy.language import parse
from orchestration.policy.schemas import argument_problems

SEND = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "amount_minor": {"type": "integer"},
        "payee": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"iban": {"type": "string"}},
        },
        "extra": {"type": "object", "additionalProperties": True, "properties": {}},
        "note": {"type": "string"},
    },
}
BATCH = {"type": "object", "additionalProperties": False, "properties": {"lines": {}}}
TOOLS: dict[str, Any] = {"pay.send": SEND, "pay.batch": BATCH, "open.tool": {"type": "object"}}


def problems(when: str, tools: str = "pay.*") -> list[tuple[int, int, str]]:
    text = f"policy: a.b\ntitle: T\nscope: {{tools: ['{tools}']}}\nrules:\n"
    text += f"  - name: r\n    effect: deny\n    when: {when}\n"
    found = argument_problems(parse(text), TOOLS)
    return [(one.line, one.column, one.message) for one in found]


def test_a_misspelt_argument_is_found_where_it_stands_with_the_nearest_name() -> None:
    message = "no tool in scope has an argument amount; did you mean amount_minor?"

    assert problems("act.arguments.amount > 5") == [(7, 11, message)]
    assert problems("act.cost_minor > 1 && act.arguments.amount > 5") == [(7, 33, message)]


def test_an_argument_in_a_block_is_found_on_its_line() -> None:
    found = problems("|\n      true\n      && act.arguments.amount > 5")

    assert [one[:2] for one in found] == [(9, 4)]


@pytest.mark.parametrize(
    "when",
    [
        "act.arguments.amount_minor > 5",
        'act.arguments.payee.iban == ""',
        "act.arguments.extra.anything == 1",
        "act.arguments.note.inner == 1",
        "act.arguments.lines.size() > 5",
        "act.cost_minor > 5",
    ],
)
def test_what_some_tool_in_scope_has_is_no_problem(when: str) -> None:
    assert problems(when) == []


def test_a_field_inside_an_argument_is_checked_too() -> None:
    (found,) = problems('act.arguments.payee.name == ""')

    assert "has an argument payee.name" in found[2]


def test_tools_nobody_knows_and_tools_with_open_schemas_forbid_nothing() -> None:
    assert problems("act.arguments.any > 5", "unknown.*") == []
    assert problems("act.arguments.any > 5", "open.tool") == []
