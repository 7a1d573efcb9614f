"""The list of policies when a thousand are in force: its first visit after a publish, and later.

A process of the web server that has shown one bundle reads of the next only the texts that differ;
one that just started reads them all. The policies are of the size people write: three conditions of
their own each, a reason, and a test.
"""

from __future__ import annotations

import time
from pathlib import Path

from django.test import Client
from django.urls import reverse

from orchestration.operations import installation, policies
from orchestration.policy import conditions, expressions, language
from orchestration.vocabulary import Role
from tests.bench.conftest import BenchWorld
from tests.bench.figures import percentile, say
from tests.integration.live.lines import sign_in

POLICIES = 1_000
VISITS = 20
AFTER_PUBLISH = 5

TEXT = """policy: bench.limit-{number}
title: Limits of tool {number}, kept by the team that answers for it
scope: {{acts: [tool.call], tools: ["tools.t{number}"], units: ["acme/**"]}}
mode: enforce
on_error: hold
rules:
  - name: over-limit
    when: act.arguments.amount_minor > {limit}
    effect: hold
    approval: {{from: [approver], quorum: 2, expires: 15m, escalate: [admin]}}
    reason: "{{act.arguments.amount_minor}} is over the limit of tool {number}"
  - name: untrusted-payee
    when: has(act.labels.payee) && "untrusted-{number}" in act.labels.payee
    effect: deny
  - name: at-night
    when: time.hour < 6 && act.arguments.amount_minor > {number}
    effect: deny
obligations: [{{flag: large-transfer}}]
controls: [EU-AI-ACT-14]
tests:
  - name: over the limit
    given: {{act: {{target: tools.t{number}, arguments: {{amount_minor: {limit}1}}}}}}
    expect: hold
"""


def test_the_list_of_a_thousand_policies(world: BenchWorld, tmp_path: Path) -> None:
    files = [_file(tmp_path, number, 10_000 + number) for number in range(POLICIES)]
    installation.add_policies(files, scope="", reason="a bench")
    client = sign_in(world.person("bea", Role.ADMIN))
    _forget_texts()
    say(f"/policies/ with {POLICIES:,}, a process just started", _ms(visit(client)))
    first = []
    for number in range(AFTER_PUBLISH):
        changed = _file(tmp_path, number, 20_000 + number)
        installation.add_policies([changed], scope="", reason="a bench")
        policies._compiled.cache_clear()  # as in a process that did not publish it
        first.append(visit(client))
    say(
        "first visit after a publish (p50 / most)",
        f"{_ms(percentile(first, 50))} / {_ms(max(first))}",
    )
    later = [visit(client) for _ in range(VISITS)]
    say("later visits (p50 / p95)", f"{_ms(percentile(later, 50))} / {_ms(percentile(later, 95))}")


def _file(folder: Path, number: int, limit: int) -> Path:
    file = folder / f"limit-{number}.yaml"
    file.write_text(TEXT.format(number=number, limit=limit), "utf-8")
    return file


def _forget_texts() -> None:
    policies._compiled.cache_clear()
    language._remembered.cache_clear()
    conditions._kept.cache_clear()
    expressions.shape_of.cache_clear()


def visit(client: Client) -> float:
    """Seconds that the server takes to answer."""
    began = time.perf_counter()
    answer = client.get(reverse("policies"))
    took = time.perf_counter() - began
    assert answer.status_code == 200
    assert b"bench.limit-" in answer.content
    return took


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
