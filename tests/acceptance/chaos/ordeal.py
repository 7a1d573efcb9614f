"""One run of freight under blows, from the start of its goal to where it ends or waits."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from console.databases import database
from console.standalone.services import known_settings
from orchestration.blueprints.installing import report_event
from orchestration.models import Goal, Step, Task
from orchestration.operations.auto_approval import approve_waiting
from orchestration.reconstruction.reading import reconstruct_everything
from orchestration.vocabulary import FINISHED_GOAL, TaskState
from tests.acceptance.chaos.ambush import Ambush
from tests.acceptance.chaos.blows import AMBUSHES, blows, strike
from tests.acceptance.chaos.evidence import faults
from tests.integration.orchestration.comparing import differences, tables
from tests.machinery import servers
from tests.machinery.installation import Installation

LEASE = {"LEASE_SECONDS": "4"}
FEWEST_BLOWS = 4
"""Fewer, and the run was over before it was disturbed."""

LONGEST_S = 300
"""After so long a run counts as hanging."""

LOOK_EVERY_S = 0.1
AWAY = (OperationalError, InterfaceError)
MOVING = (TaskState.READY, TaskState.ADMITTED, TaskState.RUNNING)

Found = TypeVar("Found")


def endure(installation: Installation, seed: int, *, close: str = "") -> None:
    """Run freight under the blows of a seed; fails with everything that went wrong.

    Args:
        close: a port or passage that closes when a third of the work is done.
    """
    installation.variables |= LEASE
    installation.up()
    with connected_to(installation):
        ordeal = Ordeal(installation, seed, close)
        try:
            goal = ordeal.run()
        finally:
            for ambush in ordeal.ambushes:
                ambush.call_off()
        found = faults(goal, installation.state / "outside")
        found += differences(reconstruct_everything(), tables())
    assert not found, f"seed {seed}, struck {ordeal.struck}:\n" + "\n".join(found)
    assert len(ordeal.struck) >= FEWEST_BLOWS
    assert ordeal.closed == bool(close)
    installation.wait_for(installation.healthy, "healthy")


@dataclass
class Ordeal:
    """A goal under blows.

    Attributes:
        struck: what was really hit, in order. closed: whether `close` was reported.
    """

    installation: Installation
    seed: int
    close: str = ""
    struck: list[str] = field(default_factory=list)
    closed: bool = False
    ambushes: list[Ambush] = field(default_factory=list)

    def run(self) -> Goal:
        """Start the goal, strike while it runs, and return it when nothing of it moves any more."""
        goal = self._start()
        until = time.monotonic() + LONGEST_S
        coming = blows(self.seed)
        while time.monotonic() < until:
            taken = self._when_up(lambda: Step.objects.filter(goal=goal).count()) or 0
            if coming and taken >= coming[0].at_step:
                self._strike(coming.pop(0).kind)
            if self._when_up(lambda: self._look(goal)):
                return goal
            time.sleep(LOOK_EVERY_S)
        left = self._when_up(lambda: state_of(goal))
        raise AssertionError(f"still moving after {LONGEST_S} s, struck {self.struck}\n{left}")

    def _start(self) -> Goal:
        started = self.installation.manage(
            "blueprint", "run", "freight", "--seed", str(self.seed), "--json"
        )
        assert started.returncode == 0, started.stderr
        return Goal.objects.get(pk=json.loads(started.stdout)["goal"])

    def _strike(self, kind: str) -> None:
        if kind in AMBUSHES:
            trace = self.installation.state / "outside" / "invocations.jsonl"
            self.ambushes.append(Ambush(trace, AMBUSHES[kind]))
            self.ambushes[-1].start()
            self.struck.append(f"{kind}?")
        elif strike(self.installation, kind, settings.REDIS_URL):
            self.struck.append(kind)

    def _look(self, goal: Goal) -> bool:
        """Answer what waits for approval, and say whether nothing moves any more."""
        approve_waiting(goal=goal)
        if self.close and not self.closed and a_third_is_done(goal):
            report_event(goal=goal, key="close", choice=self.close, person=None)
            self.closed = True
        goal.refresh_from_db()
        return goal.state in FINISHED_GOAL or rests(goal)

    def _when_up(self, look: Callable[[], Found]) -> Found | None:
        """What is found in the database; None while it is away."""
        try:
            return look()
        except AWAY:
            connections["default"].close()
            return None


def a_third_is_done(goal: Goal) -> bool:
    """Whether so much of the goal's work is done that a closure touches the rest."""
    work = Task.objects.filter(goal=goal, purpose=Task.Purpose.WORK)
    done = work.filter(state=TaskState.DONE).count()
    return 0 < work.count() <= done * 3


def rests(goal: Goal) -> bool:
    """Whether nothing of an unfinished goal can go on unless a person looks at parked work."""
    tasks = Task.objects.filter(goal=goal)
    if tasks.filter(state__in=[*MOVING, TaskState.WAITING]).exists():
        return False
    return tasks.filter(state=TaskState.PARKED).exists()


def state_of(goal: Goal) -> str:
    """Where tasks stand, for whoever reads a failed test."""
    unfinished = Task.objects.filter(goal=goal).exclude(state=TaskState.DONE)
    lines = [f"{t.key}: {t.state} {t.park_reason} {t.reason[:300]}" for t in unfinished]
    return "\n".join([f"goal: {goal.state}", *lines])


@contextmanager
def connected_to(installation: Installation) -> Iterator[None]:
    """Let Django in this process use what the installation runs on."""
    known = known_settings(installation.state, as_owner=False)
    before = {alias: dict(connections.settings[alias]) for alias in ("default", "autonomous")}
    for alias, kept in before.items():
        connections[alias].close()
        connections.settings[alias].update(
            {**database(known["DATABASE_URL"], runs_as="command"), "TEST": kept["TEST"]}
        )
    servers.use_valkey(known["REDIS_URL"])
    try:
        yield
    finally:
        for alias, kept in before.items():
            connections[alias].close()
            connections.settings[alias].update(kept)
