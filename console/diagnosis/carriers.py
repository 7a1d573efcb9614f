"""Probes of Redis or Valkey and of the workers that live by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import redis
from celery.exceptions import OperationalError
from django.conf import settings
from kombu.exceptions import OperationalError as BrokerError

from console.celery import app
from console.diagnosis.findings import Finding, expect, fine, warning, wrong

OLDEST_VERSION = (6, 2)
ANSWER_SECONDS = 2.0
QUEUES = ("work", "control", "background")


def look() -> Iterator[Finding]:
    """Look at Redis, then ask the workers; they are left out if Redis does not answer."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=ANSWER_SECONDS) as client:
            info = cast("dict[str, Any]", client.info())
    except redis.RedisError as error:
        yield wrong(
            "doctor.redis",
            f"Redis does not answer: {error}",
            "Start it (`make run` starts an embedded Valkey), or correct REDIS_URL.",
        )
        return
    yield _version(info)
    yield _eviction(info)
    yield from _workers()


def _version(info: dict[str, Any]) -> Finding:
    text = str(info["redis_version"])
    number = tuple(int(part) for part in text.split(".")[:2])
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {text}"
    return expect(
        number >= OLDEST_VERSION,
        fine("doctor.redis", f"{name} answers"),
        wrong("doctor.redis", f"this is {name}", "Use Redis 6.2 or newer, or Valkey."),
    )


def _eviction(info: dict[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy", "noeviction")
    return expect(
        policy == "noeviction" or not info.get("maxmemory"),
        fine("doctor.redis-eviction", "Redis throws no messages away when its memory is full"),
        warning(
            "doctor.redis-eviction",
            f"Redis may throw messages away ({policy}); work would be found again by the sweep,"
            " but late",
            "Set `maxmemory-policy noeviction`.",
        ),
    )


def _workers() -> Iterator[Finding]:
    try:
        answers = app.control.inspect(timeout=ANSWER_SECONDS).active_queues() or {}
    except (OperationalError, BrokerError, redis.RedisError):
        answers = {}
    served = {queue["name"] for queues in answers.values() for queue in queues}
    for name in QUEUES:
        yield expect(
            name in served,
            fine(f"doctor.worker-{name}", f"a worker takes jobs from the queue {name}"),
            wrong(
                f"doctor.worker-{name}",
                f"no worker takes jobs from the queue {name}",
                f"Run `make run`, or `celery -A console worker -Q {name}` under a supervisor.",
            ),
        )
