"""Steps as people read them: what was asked, why it was decided so, with which arguments. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.presenters import formats
from orchestration.policy.decision import Reason
from orchestration.policy.labels import ERASED, labels_at, leaves
from orchestration.policy.personal import without_subjects

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

PERSONAL = "personal"
MINOR = "_minor"
LONG_VALUE = 160
MOST_ARGUMENTS = 40
"""Leaves shown of a call's arguments; the page of the decision shows all."""

AMOUNT = re.compile(r"\b(\w+?)_minor (-?\d+)(?:, currency ([A-Z]{3}))?")

ASKED = {
    "tool.call": "{target}",
    "board.read": "Read {target}",
    "board.post": "Write {target}",
    "message.send": "Send a message to {target}",
    "task.ask": "Ask for {target}",
    "task.add": "Add tasks",
    "result.publish": "Publish the result",
    "label.endorse": "Have {target} taken off a value",
    "journal.value": "Note a value of the moment",
}
SHORT = {
    "board.read": "board.read",
    "board.post": "board.post",
    "message.send": "message",
    "task.ask": "ask",
    "task.add": "task.add",
    "result.publish": "result",
    "label.endorse": "endorse",
    "journal.value": "journal",
}


@dataclass(frozen=True)
class Shown:
    """A labelled value as the inspector shows it."""

    name: str
    value: str
    labels: tuple[str, ...] = ()
    origin: str = ""
    masked: bool = False
    mono: bool = False


def plain_title(act: str, target: str, tool_title: str = "") -> str:
    """What was asked for, in plain words: the tool's sentence, or the act with its target."""
    if act == "tool.call" and tool_title:
        return tool_title
    return ASKED.get(act, "{act} {target}").format(act=act, target=target)


def spoken(title: str) -> str:
    """A stored title with its amounts as people write them: minor units become money."""
    return AMOUNT.sub(lambda found: formats.money(int(found[2]), found[3] or ""), title)


def in_task(act: str, target: str, task_title: str) -> str:
    """What was asked for together with the task it was asked in, for rows that stand alone."""
    if act == "result.publish":
        return f"Result: {task_title}"
    return f"{plain_title(act, target)}: {task_title}"


def short_title(act: str, target: str) -> str:
    """What a card of the flow says: the tool, or the act."""
    return target if act == "tool.call" else SHORT.get(act, act)


def card_effect(effect: str, flagged: bool) -> str:
    """The decision as colours show it: an allowed step that was flagged is a flag."""
    return "flag" if flagged and effect == "allow" else effect


def reasons(decision: Mapping[str, Json], address: Mapping[str, str]) -> list[dict[str, Any]]:
    """Why, rule by rule: what decided, what else matched or failed, and what shadow rules say.

    `decision` is the decision with values, or its summary without; `address` leads to policies.
    """
    told: set[tuple[str, str]] = set()
    rows = []
    for one in decision.get("reasons", []):
        told.add(_key(one))
        rows.append(_reason(one, _sentence(one, decision), one.get("effect"), decision, address))
    seen = [one for one in decision.get("rules_seen", []) if _key(one) not in told]
    rows += [_rule(one, decision, address) for one in seen]
    shadow = [_rule(one, decision, address) for one in decision.get("shadow", [])]
    return rows + [{**row, "shadow": True} for row in shadow]


def _rule(
    one: Mapping[str, Json], decision: Mapping[str, Json], address: Mapping[str, str]
) -> dict[str, Any]:
    return _reason(one, _seen(one), _seen_effect(one), decision, address)


def _key(one: Mapping[str, Json]) -> tuple[str, str]:
    return one["policy"], one["rule"]


def _reason(
    one: Mapping[str, Json],
    text: str,
    effect: str | None,
    decision: Mapping[str, Json],
    address: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "policy": f"{one['policy']}/{one['rule']}" if one["rule"] else one["policy"],
        "url": address.get(one["policy"], ""),
        "effect": effect or decision.get("effect", "none"),
        "text": text,
        "shadow": False,
    }


def _sentence(one: Mapping[str, Json], decision: Mapping[str, Json]) -> str:
    effect = str(one.get("effect") or decision.get("effect", ""))
    values = {name: _amount(name, value) for name, value in one.get("values", {}).items()}
    said = Reason(one["policy"], one["rule"], effect, one["template"], values).sentence()
    return said or f"says {effect}"


def _amount(path: str, value: Json) -> Json:
    """Minor units as money, like the limits that people write into the sentence beside them."""
    return formats.money(value) if path.endswith(MINOR) and isinstance(value, int) else value


def _seen(seen: Mapping[str, Json]) -> str:
    if seen["result"] == "failed":
        return f"could not be evaluated: {seen.get('error') or 'its condition failed'}"
    if seen["result"] == "satisfied":
        return "held this before and was met by an approval"
    values = ", ".join(
        f"{name} is {_brief(_amount(name, value))}" for name, value in seen["values"].items()
    )
    return f"matched: {values}" if values else "matched"


def _seen_effect(seen: Mapping[str, Json]) -> str:
    return "allow" if seen["result"] == "satisfied" else str(seen["effect"])


def _brief(value: Json) -> str:
    text = _text(value)
    return text if len(text) <= LONG_VALUE else f"{text[: LONG_VALUE - 1]}…"


def reason_line(decision: Mapping[str, Json]) -> str:
    """The first reason in one line, as far as the summary of a decision goes."""
    first = next(iter(decision.get("reasons", [])), None)
    return f"{first['policy']}/{first['rule']}" if first else ""


def arguments(
    value: Json, labels: Mapping[str, list[str]], origin: Mapping[str, str]
) -> list[Shown]:
    """The leaves of a call's arguments, named and labelled; personal ones are masked."""
    currency = _currency(value)
    return [
        _argument(path, leaf, sorted(labels_at(labels, path)), origin.get(path, ""), currency)
        for path, leaf in leaves(value)
    ]


def _argument(path: str, leaf: Json, labels: list[str], origin: str, currency: str) -> Shown:
    erased = leaf == ERASED
    personal = PERSONAL in labels and not erased
    text = formats.masked(str(leaf)) if personal else _text(leaf)
    name = path or "value"
    if path.endswith(MINOR) and isinstance(leaf, int) and not personal:
        name, text = path.removesuffix(MINOR), formats.money(leaf, currency)
    shown = tuple(label for label in without_subjects(labels) if label != PERSONAL)
    return Shown(_words(name), text, shown, origin, personal, _is_code(leaf))


def _currency(value: Json) -> str:
    found = value.get("currency", "") if isinstance(value, dict) else ""
    return found if isinstance(found, str) else ""


def _words(path: str) -> str:
    """`plan.route_km` reads `Plan, route km`."""
    text = path.replace(".", ", ").replace("_", " ")
    return text[:1].upper() + text[1:]


def _text(value: Json) -> str:
    if value == ERASED:
        return formats.GONE
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return formats.number(value)
    return value if isinstance(value, str) else formats.pretty(value)


def _is_code(leaf: Json) -> bool:
    return isinstance(leaf, str) and " " not in leaf and any(c.isdigit() for c in leaf)


def personal_paths(labels: Mapping[str, Iterable[str]]) -> list[str]:
    """The dotted paths of a value that are masked on screens."""
    return [path for path, found in labels.items() if PERSONAL in found and path]


def quorum_of(clauses: Iterable[Mapping[str, Any]]) -> int:
    """How many people must agree at least: the largest quorum of the clauses."""
    return max((int(clause["quorum"]) for clause in clauses), default=1)
