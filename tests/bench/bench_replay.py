"""Decisions a second when stored decisions are decided again under 100 policies, from the database.

The steps and payloads are made in bulk, each with digests and a salt of its own as real ones have;
then `manage.py policy replay --json` runs as an admin would run it. Every flip is checked against
deciding anew. `REPLAY_DECISIONS=1000000 make bench BENCH=bench_replay` for the full million.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg

from audit.payload_rows import digest_of
from orchestration.models import Attempt, Goal, Task
from orchestration.models import World as Gate
from orchestration.operations import attempts, installation
from orchestration.operations.dispatch import dispatch
from orchestration.policy.bundle import Bundle, compile_bundle
from orchestration.policy.engine import decide
from orchestration.policy.language import parse
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request
from orchestration.policy.shipped import baseline_files, packs
from tests.bench.conftest import BenchWorld
from tests.integration.orchestration.world import LEASE
from tests.machinery.databases import Database
from tests.machinery.programs import ROOT

POLICIES = 100
TOOLS = ("routes.search", "payments.transfer", "email.send", "bookings.reserve", "customs.check")
EFFECTS = {"payments.transfer": "irreversible", "email.send": "write", "bookings.reserve": "write"}
DISTINCT = 5_000
OLD, NEW = 15_000, 12_000

STEP_FIELDS = (
    "id, created_at, scope, revision, goal_id, task_id, attempt_id, agent_id, version_id,"
    " generation, ordinal, digest, act, target, tool_effect, state, effect, flagged, decision,"
    " bundle, risk, arguments, decision_input, outcome, outcome_kind, labels, cost_minor, gate_us,"
    " decided_at"
)
PAYLOAD_FIELDS = "digest, salt, body, subjects"


def texts(limit: int) -> dict[str, str]:
    """The baseline, two packs, and limits on single tools and units up to 100 policies."""
    files = [*baseline_files(), *packs()["payments"], *packs()["personal-data"]]
    made = {parse(text).key: text for text in (file.read_text("utf-8") for file in files)}
    for number in range(POLICIES - len(made)):
        tool, unit = TOOLS[number % len(TOOLS)], f"acme/u{number % 7}"
        made[f"bench.p{number}"] = (
            f"{{policy: bench.p{number}, title: Limit, scope: {{tools: [{tool}], "
            f"units: [{unit}]}}, rules: [{{name: over, effect: deny, "
            f"when: 'act.arguments.amount_minor > {limit + number}'}}]}}\n"
        )
    return made


def bundle(limit: int) -> Bundle:
    """Those policies, compiled."""
    return compile_bundle([parse(text) for text in texts(limit).values()], 1)


def made_request(number: int) -> Request:
    """One request of a fleet of 60 agents in seven units."""
    tool, agent = TOOLS[number % len(TOOLS)], f"agent-{number % 60}"
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
                "unit": f"acme/u{number % 7}",
                "autonomy": "act" if number % 3 else "act-and-report",
            },
            "goal": {"unit": "acme"},
            "facts": {
                "approvers": {"approver": 2},
                "budget": {"steps": 50, "money": 10_000},
                "payments_last_hour": number % 22,
                "paid_last_day": number,
            },
        }
    )


class Kind:
    """One of the distinct decisions: its stored bodies and what came of it then and would now."""

    def __init__(self, request: Request, old: Bundle, new: Bundle) -> None:
        decision = decide(request, old)
        values = orjson.loads(request.canonical())
        self.arguments = orjson.dumps(values["act"]["arguments"], option=orjson.OPT_SORT_KEYS)
        values["act"]["arguments"] = None
        considered = {"request": values, "decision": decision.as_json()}
        self.considered = orjson.dumps(considered, option=orjson.OPT_SORT_KEYS)
        self.references = orjson.dumps(decision.references()).decode()
        self.effect, self.now = decision.effect, decide(request, new).effect
        self.act = request.act


def identifier(number: int) -> str:
    """A UUIDv7-like name whose order is that of the numbers."""
    return str(UUID(int=(0x01990000_0000 + number << 80) | (7 << 76) | (2 << 62) | number))


def payload_rows(kinds: list[Kind], count: int) -> Iterator[tuple[Any, ...]]:
    """Both payloads of each step, each salted by its own number."""
    for number in range(count):
        kind = kinds[number % DISTINCT]
        for side, body in enumerate((kind.arguments, kind.considered)):
            salt = (2 * number + side).to_bytes(16, "big")
            digest = bytes.fromhex(digest_of(salt, body).removeprefix("sha256:"))
            yield digest, salt, body.decode(), None


def step_rows(
    kinds: list[Kind], attempt: Attempt, goal: Goal, count: int
) -> Iterator[tuple[Any, ...]]:
    """The steps, a tenth of a second apart."""
    task: Task = attempt.task
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(count):
        kind = kinds[number % DISTINCT]
        salts = ((2 * number + side).to_bytes(16, "big") for side in (0, 1))
        bodies = (kind.arguments, kind.considered)
        arguments, considered = (digest_of(s, b) for s, b in zip(salts, bodies, strict=True))
        at = began + timedelta(milliseconds=100 * number)
        yield (
            *(identifier(number), at, "acme", 1, goal.pk, task.pk, attempt.pk, task.agent_id),
            *(task.version_id, 1, number + 1, "0" * 64, "tool.call", kind.act["target"]),
            *(kind.act["effect"], "done" if kind.effect == "allow" else "denied", kind.effect),
            *(False, kind.references, 1, "low", arguments, considered, "", "", "{}", 0, 0, at),
        )


def fill(server: Database, kinds: list[Kind], attempt: Attempt, goal: Goal, count: int) -> None:
    """Write the history in bulk."""
    with psycopg.connect(server.owner_url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"copy audit_payload ({PAYLOAD_FIELDS}) from stdin") as copy:
            for row in payload_rows(kinds, count):
                copy.write_row(row)
        with cursor.copy(f"copy orchestration_step ({STEP_FIELDS}) from stdin") as copy:
            for row in step_rows(kinds, attempt, goal, count):
                copy.write_row(row)
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("vacuum analyze orchestration_step")
        connection.execute("vacuum analyze audit_payload")


def claimed(world: BenchWorld) -> Attempt:
    """An attempt that the history hangs from."""
    world.declared("looker")
    world.goal_for("looking")
    dispatch()
    [attempt] = attempts.claim_tasks(worker="bench", limit=1, lease=LEASE)
    return attempt


def test_decisions_a_second_of_a_replay(
    world: BenchWorld, committed_database: Database, tmp_path: Path
) -> None:
    """The full way: command, two processes, PostgreSQL, 100 policies."""
    count = int(os.environ.get("REPLAY_DECISIONS", "100000"))
    files = tmp_path / "old"
    files.mkdir()
    for key, text in texts(OLD).items():
        (files / f"{key}.yaml").write_text(text)
    installation.add_policies(sorted(files.glob("*.yaml")), scope="", reason="bench")
    assert Gate.objects.get().bundle
    attempt = claimed(world)
    old, new = bundle(OLD), bundle(NEW)
    kinds = [Kind(made_request(number), old, new) for number in range(DISTINCT)]
    fill(committed_database, kinds, attempt, attempt.task.goal, count)
    proposed = tmp_path / "new"
    proposed.mkdir()
    for key, text in texts(NEW).items():
        (proposed / f"{key}.yaml").write_text(text)
    done = subprocess.run(
        [
            *(sys.executable, "manage.py", "policy", "replay", str(proposed)),
            *("--last", str(count), "--processes", "2", "--json"),
        ],
        cwd=ROOT,
        env={**os.environ, **committed_database.environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    flips = sum(kinds[number % DISTINCT].effect != kinds[number % DISTINCT].now
                for number in range(count))  # fmt: skip
    assert (said["decisions"], said["flips"], said["undecidable"]) == (count, flips, {})
    sys.stdout.write(
        f"\n{count:,} stored decisions under {POLICIES} policies in {said['seconds']:.1f} s on"
        f" {said['processes']} processes: {said['per_second']:,} decisions/s,"
        f" {flips:,} flips, as deciding anew says\n"
    )
