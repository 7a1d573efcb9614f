"""Hands that work and people who act at once on connections of their own, which are cut at random.

A cut is what a killed process leaves: PostgreSQL ends the connection in the middle of whatever it
does, and the transaction is gone unless its commit had been done.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from audit.retention import NothingToErase, erase_subject
from audit.subjects import subject_of
from orchestration.errors import SignalboxError
from orchestration.models import Attempt
from orchestration.operations import attempts, dispatch, goals
from orchestration.operations.changes import SYSTEM
from orchestration.runtime.attempts import run_attempt
from tests.integration.orchestration.fate import Fate
from tests.integration.orchestration.scenes import PAST, Killed
from tests.integration.orchestration.world import LEASE
from tests.machinery.databases import Database

LONGEST_WAIT_S = 0.02
"""How long a connection is left alone before the next one is cut, in seconds, at most."""


class Storm(Fate):
    """A world whose workers die at any moment, in the middle of a statement too."""

    def __init__(self, folder: Path, seed: int, database: Database) -> None:
        super().__init__(folder, seed)
        self.database = database
        self.cuts = 0
        self.interrupted = 0
        self._working: set[int] = set()
        self._calm = threading.Event()

    def rage(self, *, hands: int, turns: int, cuts: bool) -> None:
        """Several hands work and two people act, each so many turns, while connections are cut."""
        self._calm.clear()
        with ThreadPoolExecutor(hands + 3) as pool:
            cutter = pool.submit(self._cut_now_and_then) if cuts else None
            busy = [pool.submit(self._on_own_connection, self._turn, turns) for _ in range(hands)]
            busy += [pool.submit(self._on_own_connection, self.act, turns) for _ in range(2)]
            for one in busy:
                one.result()
            self._calm.set()
            if cutter is not None:
                cutter.result()
        # what a dead worker held is found by its lease
        Attempt.objects.filter(state="running").update(lease_until=timezone.now() - PAST)

    def _on_own_connection(self, act: Callable[[], None], turns: int) -> None:
        try:
            for _ in range(turns):
                self._once(act)
        finally:
            connections.close_all()

    def _once(self, act: Callable[[], None]) -> None:
        """One act; if its connection is cut the hand goes on with another."""
        pid = 0
        try:
            connection.ensure_connection()
            pid = int(connection.connection.info.backend_pid)
            self._working.add(pid)
            act()
        except DatabaseError:
            self.interrupted += 1
        finally:
            self._working.discard(pid)
            connection.close()

    def _turn(self) -> None:
        dispatch.dispatch()
        for attempt in attempts.claim_tasks(worker="hand", limit=1, lease=LEASE):
            try:
                run_attempt(attempt.pk, self.folder, self.keeper)
            except Killed:
                Attempt.objects.filter(pk=attempt.pk).update(lease_until=timezone.now() - PAST)
        for goal in goals.goals_to_advance():
            goals.advance_goal(goal_id=goal)
        self.sweep()

    def act(self) -> None:
        """One act of a person, or the erasure of a customer."""
        if self.chance.random() < 0.1:
            self.erase_somebody()
        else:
            self.somebody_acts()

    def erase_somebody(self) -> None:
        """A customer asks to be forgotten."""
        subject = subject_of(self.customer(self.chance.randint(0, 3)))
        try:
            erase_subject(subject=subject, reason="asked for it", actor=SYSTEM)
        except (NothingToErase, SignalboxError):
            return

    def _cut_now_and_then(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311
        with psycopg.connect(self.database.owner_url, autocommit=True) as killer:
            while not self._calm.wait(chance.random() * LONGEST_WAIT_S):
                pids = sorted(self._working)
                if pids:
                    self._cut(killer, chance.choice(pids))

    def _cut(self, killer: psycopg.Connection, pid: int) -> None:
        found = killer.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid = %s and datname = current_database() and pid <> pg_backend_pid()",
            [pid],
        )
        self.cuts += len(found.fetchall())
