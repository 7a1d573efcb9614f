"""Server time of every page at 100 agents and more than 10,000 entries. Goal: under 100 ms each."""

from __future__ import annotations

import gc
import time

from django.test import Client
from django.urls import reverse

from audit.models import Entry
from orchestration.models import Agent, Goal, Policy, Step, Task
from orchestration.vocabulary import Role
from tests.bench.conftest import BenchWorld
from tests.bench.figures import percentile, say
from tests.integration.live.lines import sign_in

AGENTS = 100
GOALS = 24
STEPS_A_GOAL = 400
VISITS = 12
GOAL_MS = 100


def test_server_time_of_pages(world: BenchWorld) -> None:
    fill(world)
    assert Agent.objects.count() >= AGENTS
    assert Entry.objects.count() >= 10_000
    client = sign_in(world.person("bea", Role.ADMIN))
    gc.freeze()  # as console.asgi does
    say("agents / steps / entries", f"{AGENTS} / {Step.objects.count()} / {Entry.objects.count()}")
    for address in addresses():
        taken = [visit(client, address) for _ in range(VISITS)][1:]
        p50, p95 = (percentile([wall for wall, _ in taken], part) * 1000 for part in (50, 95))
        own = percentile([own for _, own in taken], 50) * 1000
        mark = "" if p95 < GOAL_MS else "  over the goal"
        what = f"page {shown(address)} (p50 / p95; own processor time)"
        say(what, f"{p50:.0f} / {p95:.0f}; {own:.0f} ms{mark}")


def fill(world: BenchWorld) -> None:
    """A hundred agents, steps on the blackboard, calls that wait for people."""
    for number in range(AGENTS - 1):
        world.declared("poster", slug=f"agent-{number:03}")
    world.declared("payer", autonomy="act-with-approval")
    for _ in range(GOALS):
        world.goal_for("posting", steps=STEPS_A_GOAL)
        world.goal_for("paying")
    world.run()


def addresses() -> list[str]:
    """Every page that can be read, with something on it."""
    goal = Goal.objects.filter(planner="bench.posting").first()
    step = Step.objects.filter(act="tool.call").first()
    task = Task.objects.first()
    agent = Agent.objects.filter(steps__isnull=False).first()
    policy = Policy.objects.first()
    for found in (goal, step, task, agent, policy):
        assert found is not None
    flow = reverse("flow", args=[goal.pk])
    return [
        reverse("overview"),
        reverse("flows"),
        *(f"{flow}?as={view}" for view in ("flow", "tree", "timeline", "log")),
        f"{flow}?as=flow&step={Step.objects.filter(goal=goal).latest('id').pk}",
        reverse("decision", args=[step.pk]),
        reverse("task", args=[task.pk]),
        reverse("goal-new"),
        reverse("approvals"),
        reverse("parked"),
        reverse("agents"),
        reverse("agent", args=[agent.slug]),
        reverse("policies"),
        reverse("policy", args=[policy.key]),
        reverse("ledger"),
        reverse("ledger") + "?q=kind:step.done",
        reverse("halts"),
        reverse("palette") + "?q=bench",
    ]


def shown(address: str) -> str:
    """An address without its identifiers."""
    return "/".join("…" if len(part) > 30 and "-" in part else part for part in address.split("/"))


def visit(client: Client, address: str) -> tuple[float, float]:
    """How long the server takes to answer, and how much of it this process is computing."""
    began, computed = time.perf_counter(), time.process_time()
    answer = client.get(address)
    took = (time.perf_counter() - began, time.process_time() - computed)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return took
