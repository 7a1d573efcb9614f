"""Policies as texts: what is wrong with one, what changed between two sets, what can be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from orchestration.policy.fields import FIELDS, STANDARD_FACTS
from orchestration.policy.language import EXPECTED, KEYS, RULE_KEYS, Policy, parse
from orchestration.policy.parts import DAYS, EFFECTS, PER, RISKS, SIDES
from orchestration.policy.source import PolicyError, Problem, read
from orchestration.policy.terms import OBLIGATIONS, STRENGTH


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference; a number is 0 on the side where the line is not."""

    kind: Literal["same", "removed", "added"]
    old_no: int
    new_no: int
    text: str


@dataclass(frozen=True)
class TextChange:
    """How the text of one policy changed."""

    key: str
    kind: Literal["added", "removed", "changed"]
    lines: tuple[DiffLine, ...]


def check_source(text: str, *, scope: str = "") -> list[Problem]:
    """Everything that keeps a text from being saved by a unit; empty when nothing does."""
    try:
        policy = parse(text)
    except PolicyError as error:
        return error.problems
    return beyond(policy, scope)


def beyond(policy: Policy, scope: str) -> list[Problem]:
    """Where a policy kept by a unit reaches out of that unit; a unit rules itself and no other."""
    if not scope or (
        policy.scope.units and all(_lies_in(one, scope) for one in policy.scope.units)
    ):
        return []
    root = read(policy.source)
    at = root.value.get("scope", root)
    inner = at.value.get("units", at) if isinstance(at.value, dict) else at
    message = f"a policy kept by {scope} speaks about {scope} only: write units: [{scope}/**]"
    return [(inner if policy.scope.units else at).problem(message)]


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[TextChange]:
    """What differs between two sets of texts by policy key, policy by policy."""
    found = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        lines = tuple(_lines(before or "", after or ""))
        kind: Literal["added", "removed", "changed"] = "changed"
        if before is None:
            kind = "added"
        elif after is None:
            kind = "removed"
        found.append(TextChange(key, kind, lines))
    return found


def completions() -> dict[str, list[dict[str, str]]]:
    """Every word that may be written, for the editor: fields with types, keys, obligations."""
    fields = {**FIELDS}
    return {
        "fields": [
            *({"name": n, "type": f.type, "meaning": f.meaning} for n, f in fields.items()),
            *(
                {"name": f"facts.{n}", "type": "fact", "meaning": meaning}
                for n, meaning in STANDARD_FACTS.items()
            ),
        ],
        "obligations": [{"name": n, "meaning": meaning} for n, meaning in OBLIGATIONS.items()],
        "keys": _words(KEYS),
        "rule_keys": _words(RULE_KEYS),
        "scope_keys": _words((*SIDES, "effects", "risks")),
        "effects": _words(STRENGTH),
        "effect_classes": _words(EFFECTS),
        "risks": _words(RISKS),
        "per": _words(PER),
        "days": _words(DAYS),
        "expected": _words(EXPECTED),
    }


def _words(words: Any) -> list[dict[str, str]]:
    return [{"name": word} for word in words]


def _lies_in(glob: str, scope: str) -> bool:
    return glob == scope or glob.startswith(f"{scope}/")


def _lines(before: str, after: str) -> Iterator[DiffLine]:
    old, new = before.split("\n"), after.split("\n")
    old, new = (side if side != [""] else [] for side in (old, new))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            for at in range(old_to - old_from):
                text = old[old_from + at]
                yield DiffLine("same", old_from + at + 1, new_from + at + 1, text)
            continue
        for at in range(old_from, old_to):
            yield DiffLine("removed", at + 1, 0, old[at])
        for at in range(new_from, new_to):
            yield DiffLine("added", 0, at + 1, new[at])
