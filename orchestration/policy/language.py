"""Reads the text of a policy into values, or says with line and column what is wrong with it.

The text is YAML (see `source` for the part of YAML that is read) with conditions in CEL.
"""

from __future__ import annotations

from functools import lru_cache

from orchestration.policy.conditions import check
from orchestration.policy.decision import template_paths
from orchestration.policy.fields import STANDARD_FACTS, closest, variable_of
from orchestration.policy.parts import (
    read_approval,
    read_facts,
    read_limits,
    read_obligations,
    read_principles,
    read_scope,
    read_window,
)
from orchestration.policy.reader import Reader
from orchestration.policy.source import Located, PolicyError, Problem, read
from orchestration.policy.terms import STRENGTH, Case, Policy, Rule

KEYS = (
    "policy",
    "title",
    "why",
    "scope",
    "mode",
    "on_error",
    "facts",
    "rules",
    "limits",
    "during",
    "approval",
    "obligations",
    "principles",
    "controls",
    "tests",
)
RULE_KEYS = ("name", "when", "effect", "reason", "approval", "obligations")
LARGEST_REMEMBERED = 8_192
"""Characters of a text up to which it is kept read, so that memory stays bounded."""

EXPECTED = ("allow", "hold", "deny", "nothing")

__all__ = [
    "KEYS",
    "RULE_KEYS",
    "Policy",
    "PolicyError",
    "Problem",
    "conditions_of",
    "parse",
    "place_in",
    "problems_of",
    "remembered",
]


def parse(text: str) -> Policy:
    """The policy that a text describes. Raises PolicyError listing every problem found."""
    root = read(text)
    reader = Reader()
    policy = _policy(reader, root, text)
    if reader.problems:
        raise PolicyError(sorted(reader.problems, key=lambda one: (one.line, one.column)))
    return policy


def remembered(text: str) -> Policy:
    """The same policy, from memory if it was read lately: for texts that are or may be in force.

    A bundle of a thousand policies differs from the next by a few, so a process reads those few.
    Whoever asks gets the same values; nobody changes them. Raises PolicyError as `parse` does.
    """
    return _remembered(text) if len(text) <= LARGEST_REMEMBERED else parse(text)


@lru_cache(maxsize=2_048)
def _remembered(text: str) -> Policy:
    return parse(text)


def problems_of(text: str) -> list[Problem]:
    """What is wrong with a text; empty when it can be saved."""
    try:
        parse(text)
    except PolicyError as error:
        return error.problems
    return []


def conditions_of(policy: Policy) -> list[tuple[str, Located]]:
    """The conditions of a policy's rules, with the rule's name and where each stands."""
    rules = read(policy.source).value["rules"].value if policy.rules else []
    return [
        (one.value["name"].value, one.value["when"])
        for one in rules
        if isinstance(one.value["when"].value if "when" in one.value else None, str)
    ]


def _policy(reader: Reader, root: Located, text: str) -> Policy:
    parts = reader.mapping(root, KEYS, ("policy", "title"))
    facts = read_facts(reader, parts.get("facts"))
    declared = frozenset(one.name for one in facts)
    for name in sorted(declared & STANDARD_FACTS.keys()):
        reader.fault(parts["facts"], f"{name} is a standard fact; choose another name")
    policy = Policy(
        key=reader.name(parts.get("policy")),
        title=reader.text(parts.get("title")),
        source=text,
        scope=read_scope(reader, parts.get("scope")),
        mode="shadow" if _word(reader, parts, "mode", "enforce") == "shadow" else "enforce",
        on_error="hold" if _word(reader, parts, "on_error", "deny") == "hold" else "deny",
        rules=tuple(_rule(reader, one, declared) for one in reader.items(parts.get("rules"))),
        limits=read_limits(reader, parts.get("limits"), declared),
        facts=facts,
        during=read_window(reader, parts.get("during")),
        obligations=read_obligations(reader, parts.get("obligations")),
        approval=read_approval(reader, parts.get("approval")),
        controls=reader.globs(parts.get("controls")),
        why=reader.text(parts.get("why")),
        principles=read_principles(reader, parts.get("principles")),
        tests=tuple(
            _case(reader, one, at) for at, one in enumerate(reader.items(parts.get("tests")))
        ),
    )
    _check_whole(reader, root, policy)
    return policy


_WORDS = {"mode": ("enforce", "shadow"), "on_error": ("deny", "hold")}


def _word(reader: Reader, parts: dict[str, Located], key: str, default: str) -> str:
    return reader.choice(parts.get(key), _WORDS[key], default)


def _rule(reader: Reader, at: Located, facts: frozenset[str]) -> Rule:
    parts = reader.mapping(at, RULE_KEYS, ("name", "effect"))
    when = _condition(reader, parts.get("when"), facts)
    reason = reader.text(parts.get("reason"))
    if "reason" in parts:
        _check_template(reader, parts["reason"], reason, facts)
    effect = reader.choice(parts.get("effect"), STRENGTH, "deny")
    approval = read_approval(reader, parts.get("approval"))
    if approval is not None and effect != "hold":
        reader.fault(parts["approval"], "only a hold asks people")
    return Rule(
        reader.name(parts.get("name")),
        effect,  # type: ignore[arg-type]
        when,
        reason,
        approval,
        read_obligations(reader, parts.get("obligations")),
        line=at.line,
    )


def _condition(reader: Reader, at: Located | None, facts: frozenset[str]) -> str:
    if at is None:
        return ""
    if at.value is True:
        return ""
    if not isinstance(at.value, str) or not at.value.strip():
        reader.fault(at, "a condition in CEL belongs here")
        return ""
    for fault in check(at.value, facts):
        line, column = place_in(at, fault.line, fault.column)
        reader.problems.append(Problem(line, column, at.path, fault.message))
    return at.value


def place_in(at: Located, line: int, column: int) -> tuple[int, int]:
    """Where a place inside a condition stands in the file; exact for one-line conditions."""
    if at.quote in {"|", ">"}:
        return at.line + line, column
    if line > 1:
        return at.line + line - 1, column
    return at.line, at.column + column - 1 + len(at.quote)


def _check_template(reader: Reader, at: Located, text: str, facts: frozenset[str]) -> None:
    for path in template_paths(text):
        name = ".".join(path)
        if path[0] == "facts" and len(path) > 1 and path[1] not in facts | STANDARD_FACTS.keys():
            reader.fault(at, f"no fact {path[1]} is declared{closest(path[1], facts)}")
        elif variable_of(path) is None:
            reader.fault(at, f"no field {name}")


def _case(reader: Reader, at: Located, index: int) -> Case:
    parts = reader.mapping(at, ("name", "given", "expect", "rules"), ("given", "expect"))
    given = parts.get("given")
    if given is not None and not isinstance(given.value, dict):
        reader.fault(given, "a mapping of the request's parts belongs here")
    return Case(
        reader.text(parts.get("name"), f"case {index + 1}"),
        given.plain() if given is not None else {},
        reader.choice(parts.get("expect"), EXPECTED, "nothing"),
        reader.names(parts["rules"]) if "rules" in parts else None,
        line=at.line,
    )


def _check_whole(reader: Reader, root: Located, policy: Policy) -> None:
    names = [one.name for one in policy.rules] + [one.name for one in policy.limits]
    for name in sorted({one for one in names if names.count(one) > 1}):
        reader.fault(root, f"two rules or limits are called {name}")
    if not names and not policy.principles:
        reader.fault(root, "a policy needs at least one rule, limit or principle")
    holds = [one.name for one in policy.rules if one.effect == "hold"]
    holds += [one.name for one in policy.limits if one.effect == "hold" and not one.approval]
    holds += ["on_error"] if policy.on_error == "hold" else []
    if policy.asks() is None and holds:
        reader.fault(root, f"{holds[0]} may hold, but nothing says whose approval it asks")
