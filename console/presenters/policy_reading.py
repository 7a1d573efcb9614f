"""A policy in plain words: where it applies, and what each rule says. Pure.

The reading is made from the parsed policy and never from its text, so that it says what the engine
will do. Conditions keep their structure; operators and field names are put into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from console.presenters import formats
from orchestration.policy.terms import ApprovalTerms, Limit, Obligation, Policy, Rule, Scope

ACTS = {
    "tool.call": "calls of tools",
    "board.read": "readings of the blackboard",
    "board.post": "writings on the blackboard",
    "message.send": "messages",
    "task.ask": "requests to a peer",
    "task.add": "new tasks",
    "result.publish": "published results",
    "journal.value": "journal values",
}
OPERATORS = (
    (r"\s*&&\s*", " and "),
    (r"\s*\|\|\s*", " or "),
    (r"\s*==\s*", " is "),
    (r"\s*!=\s*", " is not "),
    (r"\s*>=\s*", " is at least "),
    (r"\s*<=\s*", " is at most "),
    (r"\s*>\s*", " is over "),
    (r"\s*<\s*", " is under "),
    (r"\s+in\s+\[", " is one of ["),
    (r"!\s*\(", "not ("),
    (r"!\s*(?=[a-z])", "not "),
)
FIELDS = (
    (r"\bhas\(([a-z_.]+)\)", r"\1 is known"),
    (r"\bact\.arguments\.([a-z_]+)", r"the argument \1"),
    (r"\bact\.labels\.([a-z_]+)", r"the labels of \1"),
    (r"\bact\.origin\.([a-z_]+)", r"the origin of \1"),
    (r"\bact\.cost_minor\b", "its price in minor units"),
    (r"\bact\.([a-z_]+)", r"the act's \1"),
    (r"\bagent\.risk_class\b", "the agent's risk class"),
    (r"\bagent\.([a-z_]+)", r"the agent's \1"),
    (r"\bgoal\.([a-z_]+)", r"the goal's \1"),
    (r"\btask\.([a-z_]+)", r"the task's \1"),
    (r"\btime\.([a-z_]+)", r"the \1"),
    (r"\bfacts\.([a-z_.]+)", r"the fact \1"),
    (r"\bunit\.path\b", "the unit"),
)
TEXT = re.compile(r"('[^']*'|\"[^\"]*\")")
PEOPLE = {1: "one person", 2: "two people", 3: "three people"}
DUTIES = {
    "flag": "flags the step as {0}",
    "redact": "hides {0} from readers",
    "notify": "tells {0}",
    "warn": "warns: {0}",
    "throttle": "lets at most {0} start",
    "label": "labels the outcome {0}",
    "require-compensation": "refuses what no tool can undo",
}


def condition(expression: str) -> str:
    """A condition in words; texts in quotes stay as they are."""
    parts = TEXT.split(" ".join(expression.split()))
    said = [part if at % 2 else _worded(part) for at, part in enumerate(parts)]
    return "".join(said).strip()


def _worded(part: str) -> str:
    for pattern, word in (*OPERATORS, *FIELDS):
        part = re.sub(pattern, word, part)
    return part


def scope(policy: Policy) -> str:
    """Where a policy applies, and what a condition that cannot be computed does."""
    where = policy.scope
    text = f"Applies to {_acts(where)}{_sides(where)}."
    if policy.during is not None:
        text += f" Only on the days and hours it names, in {policy.during.zone}."
    text += f" A condition that can't be computed means {policy.on_error}."
    if policy.mode == "shadow":
        text += " It is in shadow: it is recorded and decides nothing."
    return text


def _acts(where: Scope) -> str:
    acts = _list(ACTS.get(act, act) for act in where.acts) if where.acts else "every act"
    if where.effects:
        acts += f" with the effect {_list(where.effects, 'or')}"
    if where.tools:
        acts += f" named {_list(where.tools, 'or')}"
    if where.targets:
        acts += f" aimed at {_list(where.targets, 'or')}"
    return acts


def _sides(where: Scope) -> str:
    said = ""
    if where.agents:
        said += f" by the agents {_list(where.agents, 'or')}"
    if where.roles:
        said += f" by agents in the role of {_list(where.roles, 'or')}"
    if where.capabilities:
        said += f" by agents able to do {_list(where.capabilities, 'or')}"
    if where.risks:
        said += f" by agents of {_list(where.risks, 'or')} risk"
    if where.units:
        units = [unit.removesuffix("/**") for unit in where.units]
        said += f" in {_list(units, 'or')} and the units below"
    return said


def rule(policy: Policy, one: Rule) -> str:
    """What a rule says."""
    when = f"When {condition(one.when)}, the step is" if one.when else "Each such step is"
    terms = one.approval or policy.asks()
    effects = {"allow": "allowed", "deny": "denied", "oblige": "recorded with its duties"}
    if one.effect != "hold":
        return f"{when} {effects[one.effect]}.{_also(one.obligations)}"
    if terms is None:
        return f"{when} held, and as it names nobody, denied.{_also(one.obligations)}"
    return f"{when} {_held(terms)}{_also(one.obligations)}"


def _held(terms: ApprovalTerms) -> str:
    people = PEOPLE.get(terms.quorum, f"{terms.quorum} people")
    time = formats.duration(terms.expires_s)
    return (
        f"held until {people} with the role {_list(terms.roles, 'or')} approve."
        f" Undecided after {time}, it is denied."
    )


def limit(one: Limit) -> str:
    """What a limit says."""
    warned = f", with a warning from {formats.number(one.warn_at)}" if one.warn_at else ""
    effect = "denied" if one.effect == "deny" else "held"
    most = formats.number(one.at_most)
    return f"At most {most} of {one.fact}{warned}; what is over is {effect}."


def obligations(found: Iterable[Obligation]) -> str:
    """What each match brings along."""
    said = [DUTIES.get(one.kind, one.kind).format(_value(one.value)) for one in found]
    return f"{_list(said).capitalize()}." if said else ""


def _also(found: Iterable[Obligation]) -> str:
    said = obligations(found)
    return f" {said}" if said else ""


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _list(items: Iterable[str], word: str = "and") -> str:
    found = list(items)
    if len(found) <= 1:
        return "".join(found)
    return f"{', '.join(found[:-1])} {word} {found[-1]}"
