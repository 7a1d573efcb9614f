"""What is done to a running Signalbox, and when: drawn from a seed, so a run can be repeated."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import psutil
import redis

from tests.machinery.installation import Installation

Found = TypeVar("Found")

KINDS = ("web", "worker", "slot", "control", "beat", "valkey", "postgres", "flush", "call")
"""Programs that are killed; `slot` is a process of the worker that carries out a task, `call` the
one that makes the next call of a tool, and `payment` the one that makes the next payment."""

AMBUSHES = {"call": "", "payment": "payments.transfer"}

STEPS = range(3, 330)
"""When blows come: between the first steps and the last of a quiet run, which are some 370."""

AGAIN_TO_WORKERS = 3


@dataclass(frozen=True)
class Blow:
    """One thing done when the goal has taken so many steps."""

    at_step: int
    kind: str


def blows(seed: int) -> list[Blow]:
    """Every kind once in an order of its own, and the worker's processes a few times more.

    One run in three is struck in the middle of a payment as well.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable order, no secret
    kinds = [*KINDS, *chance.choices(("slot", "worker", "postgres", "call"), k=AGAIN_TO_WORKERS)]
    if seed % 3 == 0:
        kinds.append("payment")
    chance.shuffle(kinds)
    moments = sorted(chance.sample(STEPS, len(kinds)))
    return [Blow(at, kind) for at, kind in zip(moments, kinds, strict=True)]


def strike(installation: Installation, kind: str, redis_url: str) -> bool:
    """Do it; False when the program was not there to be killed at that moment."""
    if kind == "flush":
        return _flush(redis_url)
    pid = installation.running().get("worker" if kind == "slot" else kind)
    find = _slot if kind == "slot" else _itself
    victim = find(pid) if pid else None
    if victim is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    return True


def _itself(pid: int) -> int | None:
    return pid if psutil.pid_exists(pid) else None


def _slot(worker: int) -> int | None:
    """The busiest process of a worker."""
    found = _tried(lambda: psutil.Process(worker).children())
    spent = {
        child.pid: _tried(lambda child=child: sum(child.cpu_times()[:2])) for child in found or []
    }
    return max(spent, key=lambda pid: spent[pid] or 0.0, default=None)


def _tried(look: Callable[[], Found]) -> Found | None:
    try:
        return look()
    except psutil.Error:
        return None


def _flush(redis_url: str) -> bool:
    try:
        with redis.Redis.from_url(redis_url, socket_timeout=2) as client:
            client.flushall()
    except redis.RedisError:
        return False
    return True
