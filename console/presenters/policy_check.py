"""A policy's text as somebody writes it: its faults, what it says so far, its tests. Pure.

A rule that does not compile takes nothing from the others: they are read without it. Tests run only
when all of the text can be read, since a policy with a rule left out is not the one written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from console.presenters import formats
from orchestration.policy.checks import run_tests
from orchestration.policy.language import PolicyError, parse
from orchestration.policy.reading import reading
from orchestration.policy.schemas import Schema, argument_problems
from orchestration.policy.source import Located, Problem, read
from orchestration.policy.terms import Policy
from orchestration.policy.textual import beyond

RULE = re.compile(r"^rules\[(\d+)\]")
HINT = re.compile(r"; did you mean ([\w.-]+)\?")
HEADS = ("obligations", "limits")
MOST_PROBLEMS = 50


def checked(text: str, scope: str, tools: Mapping[str, Schema]) -> dict[str, Any]:
    """Problems, readings and tests of a text that a unit would keep, for policies/checked.html.

    `tools` are the schemas of arguments by tool.
    """
    policy, problems = _parsed(text, scope)
    doubts = argument_problems(policy, tools) if policy else []
    broken = sorted({int(found[1]) for one in problems if (found := RULE.match(one.path))})
    partly = policy or _rest(text, broken)
    return {
        "problems": [
            *(_problem(one, "error") for one in problems[:MOST_PROBLEMS]),
            *(_problem(one, "warning") for one in doubts[:MOST_PROBLEMS]),
        ],
        "errors": len(problems),
        "readings": _readings(text, partly, broken, problems),
        "tests": _tests(policy) if policy else _waiting(text),
        "tests_wait": problems[0].line if problems and not policy else 0,
        "named": partly.key if partly else "",
    }


def passed(found: Mapping[str, Any]) -> str:
    """How the tests of a checked text did, in three words."""
    tests = found["tests"]
    if not tests:
        return "none"
    return f"{sum(bool(one['passed']) for one in tests)} of {len(tests)}"


def _parsed(text: str, scope: str) -> tuple[Policy | None, list[Problem]]:
    """The policy if it can be read, and all that keeps it from being saved."""
    try:
        policy = parse(text)
    except PolicyError as error:
        return None, error.problems
    return policy, beyond(policy, scope)


def _problem(one: Problem, severity: str) -> dict[str, Any]:
    hint = HINT.search(one.message)
    return {
        "line": one.line,
        "column": one.column,
        "path": one.path,
        "message": HINT.sub("", one.message),
        "fix": hint[1] if hint else "",
        "severity": severity,
    }


def _tree(text: str) -> Mapping[str, Located]:
    """The text's top level; empty when it is not YAML."""
    try:
        root = read(text)
    except PolicyError:
        return {}
    return root.value if isinstance(root.value, dict) else {}


def _items(tree: Mapping[str, Located], key: str) -> list[Located]:
    found = tree.get(key)
    return found.value if found is not None and isinstance(found.value, list) else []


def _rest(text: str, broken: list[int]) -> Policy | None:
    """The policy without its broken rules, each line in its place; None if that can't be read."""
    tree = _tree(text)
    rules = _items(tree, "rules")
    if not broken or len(broken) == len(rules):
        return None
    lines = text.split("\n")
    ends = [*(one.line - 1 for one in rules[1:]), _end(lines, rules[-1].line)]
    for at in broken:
        for line in range(rules[at].line - 1, ends[at]):
            lines[line] = ""
    try:
        return parse("\n".join(lines))
    except PolicyError:
        return None


def _end(lines: list[str], last: int) -> int:
    """The last line of the last rule: the one before the next line that begins at the margin."""
    margin = (at for at in range(last, len(lines)) if lines[at][:1] not in {"", " ", "#", "-"})
    return next(margin, len(lines))


def _readings(
    text: str, policy: Policy | None, broken: list[int], problems: list[Problem]
) -> list[dict[str, Any]]:
    tree = _tree(text)
    rules = _items(tree, "rules")
    unread = [_unread(rules[at], at, problems) for at in broken if at < len(rules)]
    if policy is None:
        line = problems[0].line if problems else 1
        why = f"Line {line} can't be read, so the rest of this text has no reading either."
        return [_row(1, "", "", why, broken=True), *unread]
    said = reading(policy)
    whole = [_row(1, "Where it applies", "", " ".join(filter(None, [policy.why, said.where])))]
    whole += [_row(one.line, one.name, one.effect, one.text) for one in said.rules]
    whole += unread
    if policy.principles and "principles" in tree:
        texts = " ".join(one.text for one in policy.principles)
        whole.append(_row(tree["principles"].line, "What agents carry", "", texts))
    if said.follows and "obligations" in tree:
        whole.append(_row(tree["obligations"].line, "On each match", "", said.follows))
    return sorted(whole, key=lambda row: row["line"])


def _unread(rule: Located, at: int, problems: list[Problem]) -> dict[str, Any]:
    name = rule.value.get("name") if isinstance(rule.value, dict) else None
    first = next(one for one in problems if one.path.startswith(f"rules[{at}]"))
    text = f"Line {first.line} does not compile. The rule can't be saved, so it decides nothing."
    return _row(rule.line, str(name.value) if name else "", "", text, broken=True)


def _row(line: int, title: str, effect: str, text: str, *, broken: bool = False) -> dict[str, Any]:
    shown = "" if effect == "oblige" else effect
    return {"line": line, "title": title, "effect": shown, "text": text, "broken": broken}


def _tests(policy: Policy) -> list[dict[str, Any]]:
    """The tests inside a policy with what came out."""
    results = zip(policy.tests, run_tests(policy), strict=True)
    return [
        {
            "line": case.line,
            "name": case.name,
            "given": given(case.given),
            "expect": result.expected,
            "got": result.fault or result.said,
            "passed": result.passed,
        }
        for case, result in results
    ]


def _waiting(text: str) -> list[dict[str, Any]]:
    """The tests of a text that can't be read: named, and not run."""
    return [
        {
            "line": one.line,
            "name": _plain(one, "name"),
            "given": "",
            "expect": _plain(one, "expect"),
            "got": "",
            "passed": None,
        }
        for one in _items(_tree(text), "tests")
    ]


def _plain(at: Located, name: str) -> str:
    found = at.value.get(name) if isinstance(at.value, dict) else None
    return str(found.value) if found is not None else ""


def given(value: Any, prefix: str = "") -> str:
    """What a test gives, as dotted paths: `act.target: payments.send`."""
    if not isinstance(value, Mapping):
        return f"{prefix}: {formats.pretty(value) if isinstance(value, list) else value}"
    parts = (
        given(inner, f"{prefix}.{name}" if prefix else str(name)) for name, inner in value.items()
    )
    return ", ".join(part for part in parts if part)
