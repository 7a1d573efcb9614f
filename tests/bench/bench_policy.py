"""Decisions a second in process at 10, 100 and 1,000 policies, beside two others in the same run.

Each engine is given the same policies and the same requests, and must answer each alike before
anything is timed. Run it: `python -m tests.bench.bench_policy` (see requirements-bench.txt).

Two shapes: `spread`, where each policy limits the amount of its own tool, and `crowded`, where all
policies block payees of the same tool and each has to be looked at. Facts are at hand.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

import cedarpy

from orchestration.policy.bundle import CHUNK, compile_bundle
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it uses what its own dependency has deprecated
    from agent_os.policies.evaluator import PolicyEvaluator
    from agent_os.policies.schema import (
        PolicyAction,
        PolicyCondition,
        PolicyDocument,
        PolicyOperator,
        PolicyRule,
    )

SIZES = (10, 100, 1_000)
ROUNDS, ROUND_S = 5, 0.25
SPREAD, CROWDED = "spread", "crowded"
LIMIT = 1_000


class Call(NamedTuple):
    """What is asked: a tool, an amount and a payee."""

    tool: str
    amount: int
    payee: str


Decide = Callable[[Call], bool]


def calls(shape: str, size: int) -> list[Call]:
    """Half are allowed and half denied, spread over the policies."""
    found = []
    for at in range(64):
        number = at * size // 64
        tool = f"tools.t{number}" if shape == SPREAD else "tools.t0"
        denied = at % 2 == 1
        amount = LIMIT + 1 if denied else 5
        found.append(Call(tool, amount, f"blocked-{number}" if denied else "known"))
    return found


def tool_of(shape: str, number: int) -> str:
    """The tool that a policy speaks about."""
    return f"tools.t{number}" if shape == SPREAD else "tools.t0"


def signalbox(shape: str, size: int, chunk: int) -> Decide:
    """This project's engine on ready-made requests."""
    texts = ["{policy: base.allow, title: All, rules: [{name: all, effect: allow}]}"]
    for number in range(size):
        over = f"act.arguments.amount > {LIMIT}"
        when = over if shape == SPREAD else f'act.arguments.payee == "blocked-{number}"'
        texts.append(
            f"{{policy: deny.p{number}, title: Limit, scope: {{tools: [{tool_of(shape, number)}]}},"
            f" rules: [{{name: over, when: '{when}', effect: deny}}]}}"
        )
    bundle = compile_bundle([parse(text) for text in texts], 1, chunk=chunk)
    made: dict[Call, Request] = {}

    def allowed(call: Call) -> bool:
        request = made.get(call)
        if request is None:
            arguments = {"amount": call.amount, "payee": call.payee}
            request = sample_request({"act": {"target": call.tool, "arguments": arguments}})
            made[call] = request
        return decide(request, bundle).effect == "allow"

    return allowed


def agent_os(shape: str, size: int) -> Decide:
    """agent-os-kernel. A rule has one condition, so a spread amount is filed under its tool."""
    rules = []
    for number in range(size):
        condition = (
            PolicyCondition(field=f"tools.t{number}", operator=PolicyOperator.GT, value=LIMIT)
            if shape == SPREAD
            else PolicyCondition(
                field="payee", operator=PolicyOperator.EQ, value=f"blocked-{number}"
            )
        )
        rules.append(PolicyRule(name=f"p{number}", condition=condition, action=PolicyAction.DENY))
    evaluator = PolicyEvaluator([PolicyDocument(name="limits", rules=rules)])

    def allowed(call: Call) -> bool:
        context = {call.tool: call.amount, "payee": call.payee}
        return bool(evaluator.evaluate(context).allowed)

    return allowed


def cedar(shape: str, size: int, *, ready: bool) -> Decide:
    """cedarpy, with the policies parsed once (`ready`) or handed over as text each time."""
    texts = ["permit(principal, action, resource);"]
    for number in range(size):
        over = f"context.amount > {LIMIT}"
        when = over if shape == SPREAD else f'context.payee == "blocked-{number}"'
        action = f'Action::"{tool_of(shape, number)}"'
        texts.append(f"forbid(principal, action == {action}, resource) when {{ {when} }};")
    policies: Any = "\n".join(texts)
    if ready:
        policies = cedarpy.PolicySet.from_str(policies)
    entities: Any = cedarpy.Entities.from_json_str("[]") if ready else []

    def allowed(call: Call) -> bool:
        request = {
            "principal": 'Agent::"a"',
            "action": f'Action::"{call.tool}"',
            "resource": 'Tool::"t"',
            "context": {"amount": call.amount, "payee": call.payee},
        }
        return bool(cedarpy.is_authorized(request, policies, entities).allowed)

    return allowed


def timed(allowed: Decide, asked: Sequence[Call]) -> list[float]:
    """How long each decision of one round took, in seconds."""
    spans: list[float] = []
    ends = time.perf_counter() + ROUND_S
    while (before := time.perf_counter()) < ends:
        allowed(asked[len(spans) % len(asked)])
        spans.append(time.perf_counter() - before)
    return spans


def agreeing(shape: str, size: int, asked: Sequence[Call]) -> dict[str, Decide]:
    """The engines, warmed up; stops the program if two answer any request differently."""
    found = dict(engines(shape, size))
    answers = {name: [allowed(call) for call in asked] for name, allowed in found.items()}
    for name, said in answers.items():
        if said != answers["signalbox"]:
            raise SystemExit(f"{name} disagrees at {size} policies, {shape}")
    return found


def engines(shape: str, size: int) -> Iterable[tuple[str, Decide]]:
    """Every engine on the same policies."""
    yield "signalbox", signalbox(shape, size, CHUNK)
    yield "signalbox, rule by rule", signalbox(shape, size, 1)
    yield "agent-os-kernel", agent_os(shape, size)
    yield "cedarpy, parsed once", cedar(shape, size, ready=True)
    yield "cedarpy, from text", cedar(shape, size, ready=False)


def main() -> None:
    """Print one table. Rounds take turns, so that a busy machine is busy for all."""
    out = sys.stdout.write
    out(f"{'policies':>8} {'shape':<8} {'engine':<24} {'decisions/s':>12}    p50 us    p99 us\n")
    for shape in (SPREAD, CROWDED):
        for size in SIZES:
            asked = calls(shape, size)
            racing = agreeing(shape, size, asked)
            rounds: dict[str, list[list[float]]] = {name: [] for name in racing}
            for _ in range(ROUNDS):
                for name, allowed in racing.items():
                    rounds[name].append(timed(allowed, asked))
            for name, taken in rounds.items():
                rate = median(len(one) / ROUND_S for one in taken)
                spans = sorted(span for one in taken for span in one)
                p50, p99 = (spans[len(spans) * part // 100] * 1e6 for part in (50, 99))
                out(f"{size:>8} {shape:<8} {name:<24} {rate:>12,.0f} {p50:>9.1f} {p99:>9.1f}\n")


def test_decisions_a_second_beside_two_others() -> None:
    """The same table, for `make bench`."""
    main()


if __name__ == "__main__":
    main()
