"""Steps a second: in one process beside plain rows of the ORM, and end to end on real workers."""

from __future__ import annotations

import time

from django.db import connections, transaction
from django.utils import timezone

from console.accounts import make_missing_accounts
from orchestration.models import BoardEntry, Goal, Step
from orchestration.operations import attempts, dispatch
from orchestration.operations.auto_approval import approve_waiting
from orchestration.runtime.attempts import run_attempt
from orchestration.vocabulary import FINISHED_GOAL
from tests.bench.conftest import BenchWorld
from tests.bench.figures import rate, say
from tests.integration.orchestration.world import LEASE
from tests.machinery.programs import Programs

STEPS = 450
"""Just under what one task may take."""

FREIGHT_GOALS = 3


def test_steps_a_second_in_one_process(world: BenchWorld) -> None:
    world.declared("poster")
    world.declared("looker")
    goal = world.goal_for("posting", steps=STEPS)
    batched = rate(STEPS, lambda: run_once(world, buffered=True))
    goal = world.goal_for("posting", steps=STEPS)
    single = rate(STEPS, lambda: run_once(world, buffered=False))
    world.goal_for("looking", steps=STEPS)
    tools = rate(STEPS, lambda: run_once(world, buffered=True))
    plain = rate(STEPS, lambda: write_plainly(goal))
    assert Step.objects.count() >= 3 * STEPS
    say("plain rows of the ORM, one a transaction", f"{plain:,.0f} rows/s")
    for what, found in (
        ("governed posts, ten a commit", batched),
        ("governed posts, one a commit", single),
        ("governed calls of a reading tool", tools),
    ):
        say(what, f"{found:,.0f} steps/s, {found / plain:.2f}x")


def run_once(world: BenchWorld, *, buffered: bool) -> None:
    """Run the one task that is ready to its end."""
    dispatch.dispatch()
    (attempt,) = attempts.claim_tasks(worker="bench", limit=1, lease=LEASE)
    ended = run_attempt(attempt.pk, world.folder, world.keeper, buffered=buffered)
    assert ended == "done", type(attempt).objects.get(pk=attempt.pk).error


def write_plainly(goal: Goal) -> None:
    """Write what a post writes, without a decision, an entry or a journal."""
    for number in range(STEPS):
        with transaction.atomic():
            BoardEntry.objects.create(
                goal=goal,
                key=f"plain/{number}",
                version=1,
                value="",
                author="bench",
                created_at=timezone.now(),
            )


def test_steps_a_second_end_to_end(workers: Programs) -> None:
    make_missing_accounts()
    began = time.perf_counter()
    for seed in range(1, FREIGHT_GOALS + 1):
        started = workers.manage("blueprint", "run", "freight", "--seed", str(seed))
        assert started.returncode == 0, started.stderr
    while Goal.objects.exclude(state__in=FINISHED_GOAL).exists():
        for goal in Goal.objects.exclude(state__in=FINISHED_GOAL):
            approve_waiting(goal=goal)
        time.sleep(0.2)
    took = time.perf_counter() - began
    connections.close_all()
    assert set(Goal.objects.values_list("state", flat=True)) == {"completed"}
    steps = Step.objects.count()
    say(
        f"{FREIGHT_GOALS} goals of freight on two slots, start to end",
        f"{steps / took:,.0f} steps/s",
    )
