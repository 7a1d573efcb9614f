"""A policy's text in numbered, coloured lines, cut into blocks, each beside its reading. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchestration.policy.reading import Reading, reading
from orchestration.policy.terms import Policy, Rule

TOP = re.compile(r"^([a-z_]+):")
TOKEN = re.compile(
    r"(?P<c>(?:^|(?<=\s))#.*$)"
    r"|(?P<s>\"[^\"]*\"|'[^']*')"
    r"|(?P<k>[A-Za-z_][\w.-]*(?=:(?:\s|$)))"
    r"|(?P<n>(?<![\w.-])\d[\d_.]*(?:[smhd]\b)?(?![\w.-]))"
)
ITEM = re.compile(r"^\s*- ")
HEADINGS = {
    "obligations": "On each match",
    "approval": "Who may approve",
    "controls": "Controls it serves",
    "tests": "Its own tests",
    "facts": "Facts it counts",
    "limits": "Limits",
    "principles": "What agents carry",
}
READINGS = {
    "controls": "Named for the map from rules to frameworks.",
    "tests": "Run each time this page is shown; the results stand beside.",
    "facts": "Counted in the transaction that decides, so that no two steps are both the last.",
    "approval": "Asked whenever a rule of this policy holds and names nobody itself.",
}

Start = tuple[int, str, Rule | None]
"""Where a part begins: index of the line, key, and the rule if it is one."""


@dataclass(frozen=True)
class Part:
    """Lines that belong together: numbers from 1, the top-level key, and the rule if it is one."""

    start: int
    lines: tuple[str, ...]
    key: str
    rule: Rule | None = None


def blocks(policy: Policy) -> list[dict[str, Any]]:
    """Every line of the source once and in order, beside what it means."""
    said = reading(policy)
    return [
        {
            "lines": [
                {"number": part.start + at, "tokens": tokens(line)}
                for at, line in enumerate(part.lines)
            ],
            **_reading(policy, said, part),
        }
        for part in parts(policy)
    ]


def tokens(line: str) -> list[tuple[str, str]]:
    """A line as (style, text) pairs: k for keys, s for texts, n for numbers, c for comments."""
    found, at = [], 0
    for match in TOKEN.finditer(line):
        if match.start() > at:
            found.append(("", line[at : match.start()]))
        found.append((str(match.lastgroup), match.group()))
        at = match.end()
    if at < len(line) or not found:
        found.append(("", line[at:]))
    return found


def parts(policy: Policy) -> list[Part]:
    """The head, each rule, and each top-level key after the rules."""
    lines = policy.source.rstrip("\n").split("\n")
    starts = sorted(_starts(lines, policy), key=lambda one: one[0])
    bounds: list[Start] = [*starts[1:], (len(lines), "", None)]
    return [
        Part(start + 1, tuple(lines[start:end]), key, rule)
        for (start, key, rule), (end, _, _) in zip(starts, bounds, strict=True)
        if end > start
    ]


def _starts(lines: list[str], policy: Policy) -> Iterator[Start]:
    """Where parts begin; the first rule takes the line `rules:` along."""
    yield 0, "head", None
    keys = [(at, found[1]) for at, line in enumerate(lines) if (found := TOP.match(line))]
    after = False
    for at, key in keys:
        if key == "rules":
            after = True
            yield from _rule_starts(lines, at, policy.rules)
        elif after and at > 0:
            yield at, key, None


def _rule_starts(lines: list[str], at: int, rules: tuple[Rule, ...]) -> Iterator[Start]:
    for number, rule in enumerate(rules):
        own = at if number == 0 else max(_item_above(lines, rule.line - 1), at + 1)
        yield own, "rule", rule


def _item_above(lines: list[str], index: int) -> int:
    """The line of the list item that a line belongs to."""
    index = min(index, len(lines) - 1)
    while index > 0 and not ITEM.match(lines[index]):
        index -= 1
    return index


def _reading(policy: Policy, said: Reading, part: Part) -> dict[str, Any]:
    if part.rule is not None:
        name = part.rule.name
        text = next(one.text for one in said.rules if one.name == name)
        effect = "" if part.rule.effect == "oblige" else part.rule.effect
        return {"title": name, "name": name, "effect": effect, "reading": text}
    if part.key == "head":
        text = " ".join(filter(None, [policy.why, said.where]))
        return {"title": "Where it applies", "name": "", "effect": "", "reading": text}
    limits = {one.name for one in policy.limits}
    text = {
        "obligations": said.follows,
        "principles": " ".join(one.text for one in policy.principles),
        "limits": " ".join(one.text for one in said.rules if one.name in limits),
    }.get(part.key) or READINGS.get(part.key, "")
    heading = HEADINGS.get(part.key, part.key.capitalize())
    return {"title": heading, "name": "", "effect": "", "reading": text}
