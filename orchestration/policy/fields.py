"""The fields a condition may name, with their types and what they mean.

The table feeds the type checker, the check of templates, field completion in the editor and the
reference page, so that all four always agree.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple


class Field(NamedTuple):
    """A field of a request: its CEL type and one sentence for people."""

    type: str
    meaning: str


TEXT, NUMBER, YES_NO, TEXTS, VALUES = "string", "int", "bool", "list<string>", "map<string,dyn>"

FIELDS: dict[str, Field] = {
    "act.name": Field(TEXT, "what is attempted, such as tool.call"),
    "act.target": Field(TEXT, "the tool, blackboard key, recipient or capability"),
    "act.effect": Field(TEXT, "read, write, irreversible or internal"),
    "act.idempotent": Field(YES_NO, "whether doing it twice with one key does it once"),
    "act.compensation": Field(TEXT, "the tool that undoes it, or empty"),
    "act.arguments": Field(VALUES, "the arguments as JSON"),
    "act.labels": Field("map<string,list<string>>", "labels by argument leaf"),
    "act.origin": Field("map<string,string>", "where an argument leaf came from"),
    "act.cost_minor": Field(NUMBER, "price in minor units of money"),
    "act.risk": Field(TEXT, "low, medium or high"),
    "agent.id": Field(TEXT, "identifier of the agent"),
    "agent.name": Field(TEXT, "name of the agent in addresses"),
    "agent.version": Field(NUMBER, "number of the agent's version"),
    "agent.role": Field(TEXT, "planner, retriever, executor, evaluator, optimiser or supervisor"),
    "agent.capabilities": Field(TEXTS, "what the agent is able to do"),
    "agent.autonomy": Field(
        TEXT, "observe, propose, act-with-approval, act-and-report or act: how far it may go"
    ),
    "agent.risk_class": Field(TEXT, "low, medium or high"),
    "agent.unit": Field(TEXT, "path of the unit the agent belongs to"),
    "agent.organisation": Field(TEXT, "first part of the agent's unit path"),
    "agent.owner": Field(TEXT, "the person who answers for the agent"),
    "agent.grants": Field(TEXTS, "tools the agent may ask for"),
    "unit.path": Field(TEXT, "path of the unit in which the act takes effect"),
    "goal.id": Field(TEXT, "identifier of the goal"),
    "goal.title": Field(TEXT, "title of the goal"),
    "goal.unit": Field(TEXT, "path of the unit the goal belongs to"),
    "goal.organisation": Field(TEXT, "first part of the goal's unit path"),
    "goal.pattern": Field(TEXT, "how the goal's tasks are allocated"),
    "goal.priority": Field(NUMBER, "priority of the goal"),
    "goal.constraints": Field(VALUES, "limits of the goal by name"),
    "goal.requested_by": Field(TEXT, "the person who asked for the goal"),
    "task.id": Field(TEXT, "identifier of the task"),
    "task.capability": Field(TEXT, "capability the task asks for"),
    "task.depth": Field(NUMBER, "how many tasks deep the delegation is"),
    "task.round": Field(NUMBER, "which round of refinement this is, from 1"),
    "time.at": Field(TEXT, "the moment of the request, ISO 8601 in UTC"),
    "time.date": Field(TEXT, "the date in UTC, such as 2026-11-21"),
    "time.weekday": Field(NUMBER, "1 for Monday to 7 for Sunday, in UTC"),
    "time.hour": Field(NUMBER, "0 to 23, in UTC"),
    "time.minute": Field(NUMBER, "0 to 59"),
    "facts": Field(VALUES, "counts and sums by the names that policies declare"),
}

STANDARD_FACTS: dict[str, str] = {
    "approvers": "how many people could approve, by role",
    "budget": "what the goal's budgets still have, by measure: steps, money, seconds",
    "happened": "how often each tool was called in this goal so far, by its name",
}

ROOTS = frozenset(name.partition(".")[0] for name in FIELDS)
_OPEN = tuple(name for name, field in FIELDS.items() if field.type.startswith("map"))


def variable_of(path: tuple[str, ...]) -> str | None:
    """The declared field that a path such as ("act", "arguments", "payee") lies in, or None."""
    dotted = ".".join(path)
    if dotted in FIELDS:
        return dotted
    return next((name for name in _OPEN if dotted.startswith(name + ".")), None)


def closest(word: str, known: Iterable[str]) -> str:
    """A hint such as `; did you mean x?` when a known word is near, else an empty text."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
