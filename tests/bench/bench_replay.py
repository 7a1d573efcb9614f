"""Decisions a second when a stored history is decided again under 100 policies.

Run it: `python -m tests.bench.bench_replay [decisions] [jobs]`. The history is made beforehand and
handed over as bytes, as a database would; reading it from one is not part of the figure.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

from orchestration.policy.bundle import Bundle, compile_bundle
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.replay import Past, Tally, replay
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request
from orchestration.policy.shipped import baseline_files, packs

POLICIES = 100
TOOLS = ("routes.search", "payments.transfer", "email.send", "bookings.reserve", "customs.check")
EFFECTS = {"payments.transfer": "irreversible", "email.send": "write", "bookings.reserve": "write"}
DISTINCT = 5_000
PART = 10_000


@cache
def bundle(limit: int) -> Bundle:
    """The baseline, the payments pack, and limits on single tools and units up to 100 policies."""
    files = [*baseline_files(), *packs()["payments"], *packs()["personal-data"]]
    made = [parse(file.read_text("utf-8")) for file in files]
    for number in range(POLICIES - len(made)):
        tool, unit = TOOLS[number % len(TOOLS)], f"demo/u{number % 7}"
        made.append(
            parse(
                f"{{policy: bench.p{number}, title: Limit, scope: {{tools: [{tool}], "
                f"units: [{unit}]}}, rules: [{{name: over, effect: deny, "
                f"when: 'act.arguments.amount_minor > {limit + number}'}}]}}"
            )
        )
    return compile_bundle(made, limit)


def made_request(number: int) -> Request:
    """One request of a fleet of 60 agents in seven units."""
    tool = TOOLS[number % len(TOOLS)]
    agent = f"agent-{number % 60}"
    return sample_request(
        {
            "act": {
                "target": tool,
                "effect": EFFECTS.get(tool, "read"),
                "arguments": {"amount_minor": number * 37 % 20_000, "payee": f"p{number % 90}"},
            },
            "agent": {
                "id": agent,
                "name": agent,
                "unit": f"demo/u{number % 7}",
                "autonomy": "act" if number % 3 else "act-and-report",
            },
            "facts": {
                "approvers": {"approver": 2},
                "budget": {"steps": 50, "money": 10_000},
                "payments_last_hour": number % 22,
                "paid_last_day": number,
            },
        }
    )


@cache
def history() -> list[Past]:
    """Distinct requests, each with the effect that the bundle in force gave it."""
    old = bundle(15_000)
    made = [made_request(number) for number in range(DISTINCT)]
    return [
        Past(str(number), request.canonical(), decide(request, old).effect)
        for number, request in enumerate(made)
    ]


def part(limit: int, span: range) -> Tally:
    """The tally of one part of the history."""
    found, past = Tally(), history()
    for again in replay((past[number % DISTINCT] for number in span), bundle(limit)):
        found.add(again)
    return found


def main(decisions: int, jobs: int) -> None:
    """Print the rate and what flipped; stop if a job finds other than deciding anew."""
    spans = [range(at, min(at + PART, decisions)) for at in range(0, decisions, PART)]
    whole = Tally()
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(partial(part, 12_000), [range(1)] * jobs))
        began = time.perf_counter()
        for found in pool.map(partial(part, 12_000), spans):
            whole.merge(found)
        took = time.perf_counter() - began
    old, new = bundle(15_000), bundle(12_000)
    anew = [
        decide(request, old).effect != decide(request, new).effect
        for request in map(made_request, range(DISTINCT))
    ]
    expected = sum(anew[number % DISTINCT] for number in range(decisions))
    if sum(whole.flips.values()) != expected:
        raise SystemExit(f"{sum(whole.flips.values())} flips, deciding anew gives {expected}")
    sys.stdout.write(
        f"{decisions:,} decisions under {POLICIES} policies in {took:.1f} s on {jobs} processes: "
        f"{decisions / took:,.0f} decisions/s, {expected:,} flips, as deciding anew says\n"
    )


def test_decisions_a_second_of_a_replay() -> None:
    """The same figure, for `make bench`."""
    main(100_000, 2)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*(given + [100_000, 2][len(given) :]))
