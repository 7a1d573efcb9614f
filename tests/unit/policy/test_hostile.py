"""Hostile texts and values: refused with their place and reason, and a worker's memory stays flat.

The texts are read again and again in a process of its own, whose memory is looked at from inside.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.policy.language import problems_of

ROOT = Path(__file__).parents[3]
RULE = "policy: a.b\ntitle: T\nrules:\n  - name: r\n    effect: deny\n    when: "

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [*{chr(97 + at)}, *{chr(97 + at)}]\n" for at in range(20)
)
LOOP = "act.arguments.l.exists({0}, act.arguments.l.exists({1}, {2}))"

HOSTILE: dict[str, tuple[str, str]] = {
    "a condition over 4 kB": (RULE + "'" + "true || " * 600 + "true'", "at most 4096 characters"),
    "comprehensions nested three deep": (
        RULE + "'" + LOOP.format("a", "b", "act.arguments.l.all(c, c == a)") + "'",
        "may be nested",
    ),
    "lists doubled by joining": (RULE + "'" + "+".join(["[1]"] * 5) + " == [1]'", "_+_"),
    "texts doubled by joining": (RULE + '\'"a" + "b" == act.target\'', "_+_"),
    "brackets without end": (RULE + "'" + "(" * 1000 + "true" + ")" * 1000 + "'", "24 deep"),
    "a list macro that builds": (RULE + "'act.arguments.l.map(x, [x, x]) == []'", "map"),
    "YAML without a floor": ("[" * 60_000, "nested more than 12 deep"),
    "mappings without a floor": ("{a: " * 10_000, "nested more than 12 deep"),
    "a billion laughs": (LAUGHS, "anchors and aliases"),
    "an alias of itself": ("&a [*a]", "anchors and aliases"),
    "a merge key": ("policy: a.b\n<<: {title: T}\n", "a key must be a plain word"),
    "a Python object": ("policy: !!python/object/apply:os.system [ls]\n", "tags are not allowed"),
    "a binary": ("policy: !!binary R0lG\n", "tags are not allowed"),
    "two documents": ("policy: a.b\n---\npolicy: a.c\n", "one document"),
    "a number without end": (RULE + "true\n    reason: " + "9" * 5_000, "at most 18 digits"),
    "a quorum beyond all people": (
        "policy: a.b\ntitle: T\napproval: {from: [a], quorum: 9999999999999999999}\n",
        "at most 18 digits",
    ),
    "a number CEL can't hold": (RULE + "'act.cost_minor > 99999999999999999999'", "int"),
    "more values than anyone reads": (f"x: [{'1,' * 6000}]", "more than 5000 values"),
    "a text too long": ("policy: a.b\ntitle: " + "x" * 70_000, "at most 65536 characters"),
    "a look-alike policy": ("policy: \u0430.b\ntitle: T\nrules: []\n", "not a name"),
    "a look-alike rule": (RULE.replace("name: r", "name: \u0433") + "'true'", "not a name"),
    "a look-alike effect": (
        RULE.replace("effect: deny", "effect: d\u0435ny") + "'true'",
        "is none of",
    ),
    "a look-alike key": ("policy: a.b\ntitle: T\nrul\u0435s: []\n", "rul"),
    "a look-alike field": (RULE + "'\u0430ct.cost_minor > 1'", ""),
    "a look-alike tool": (
        "policy: a.b\ntitle: T\nscope: {tools: [p\u0430yments.send]}\nrules: []\n",
        "ASCII",
    ),
    "a text that turns round": (RULE + "'act.target == \u202e\"x\"'", ""),
    "a zero byte": ("policy: a.b\x00\ntitle: T\n", ""),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_text_is_refused_with_its_place_and_the_reason(name: str) -> None:
    text, reason = HOSTILE[name]

    found = problems_of(text)

    assert found
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)
    assert any(reason in one.message for one in found), [one.message[:200] for one in found]


WORKER = """
import json, resource, sys, time
from orchestration.errors import InvalidInput
from orchestration.policy.bundle import compile_bundle
from orchestration.policy.engine import decide
from orchestration.policy.language import parse, problems_of
from orchestration.policy.sample import sample_request

def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024

hostile = json.loads(sys.stdin.read())
bomb = compile_bundle([parse(hostile.pop("bomb"))], 1)
long = [list(range(2000)), "x" * 100_000]

def again():
    for text in hostile.values():
        assert problems_of(text)
    request = sample_request({"act": {"arguments": {"l": long[0], "t": long[1]}}})
    assert decide(request, bomb).effect == "deny"
    try:
        sample_request({"act": {"arguments": {"l": "x" * 2_000_000}}})
    except InvalidInput:
        pass

for _ in range(3):
    again()
before, began = memory(), time.process_time()
for _ in range(20):
    again()
print(json.dumps([before, memory(), time.process_time() - began]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_a_worker_that_reads_hostile_texts_again_and_again_does_not_grow() -> None:
    """Twenty rounds over all of them, evaluation of nested loops over long lists included."""
    bomb = RULE + "'" + LOOP.format("a", "b", 'a == b && act.arguments.t.contains("y")') + "'\n"
    texts = {name: text for name, (text, _) in HOSTILE.items()} | {"bomb": bomb}
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=120,
    )
    before, after, spent = json.loads(done.stdout)
    assert after - before < 8_000, f"grew from {before} to {after} KB in {spent:.1f} s"
