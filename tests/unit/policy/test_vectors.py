"""Every vector: a request and policies with the effect, reasons, clauses and duties expected."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson
import pytest

from orchestration.policy.bundle import compile_bundle
from orchestration.policy.decision import Decision
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.sample import sample_request
from orchestration.policy.terms import OBLIGATIONS, STRENGTH, Scope

FOLDER = Path(__file__).parent / "vectors"


def load() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(FOLDER.glob("*.json"))
        for case in json.loads(file.read_text(encoding="utf-8"))
    ]


def told(decision: Decision) -> dict[str, Any]:
    return {
        "effect": decision.effect,
        "reasons": [f"{one.policy}/{one.rule}" for one in decision.reasons],
        "errors": len(decision.errors),
        "clauses": [orjson.loads(orjson.dumps(asdict(one))) for one in decision.clauses],
        "obligations": [[one.kind, one.value] for one in decision.obligations],
        "flagged": decision.flagged,
        "seen": [one.result for one in decision.rules_seen if one.policy != "a.base"],
        "shadow": [f"{one.policy}/{one.rule}" for one in decision.shadow],
        "shadow_effect": decision.shadow_effect,
    }


@pytest.mark.parametrize("case", load())
def test_each_vector_is_decided_as_written(case: dict[str, Any]) -> None:
    policies = [parse(json.dumps(one)) for one in case["policies"]]
    request = sample_request(case["request"])

    found = told(decide(request, compile_bundle(policies, 1)))

    assert {name: found[name] for name in case["expect"]} == case["expect"]


def test_every_effect_file_covers_both_ends() -> None:
    for file in FOLDER.glob("*.json"):
        effects = {case["expect"]["effect"] for case in json.loads(file.read_text("utf-8"))}
        assert {"allow", "deny"} <= effects, file.name


OPERATORS = [
    *("==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "?", "in", "["),
    *("+", "-", "*", "/", "%"),
    *("has", "all", "exists", "exists_one"),
    *("size", "contains", "startsWith", "endsWith", "matches"),
    *("int", "double", "string", "type", "timestamp", "duration", "getFullYear", "getHours"),
]
_SIGN = re.compile(r"==|!=|<=|>=|&&|\|\||[-<>!+*/%?\[]|\bin\b|\b[a-zA-Z_]+(?=\()")


def test_every_operator_every_side_of_a_scope_and_every_obligation_has_vectors() -> None:
    written = [one for case in load() for one in case.values[0]["policies"]]
    rules = [rule for one in written for rule in one.get("rules", [])]
    conditions = [str(rule.get("when", "")) for rule in rules]
    signs = {sign for text in conditions for sign in _SIGN.findall(re.sub(r'"[^"]*"', "", text))}
    duties = {
        kind for part in (*written, *rules) for one in part.get("obligations", []) for kind in one
    }

    assert sorted(set(OPERATORS) - signs) == []
    assert {side for one in written for side in one.get("scope", {})} == {
        one.name for one in fields(Scope)
    }
    assert duties == set(OBLIGATIONS)
    assert {rule["effect"] for rule in rules} == set(STRENGTH)
