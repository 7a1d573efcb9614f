"""Celery and Valkey only carry work: what happens to a job when either loses its memory."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import redis

from console.celery import app
from tests.machinery.databases import Database
from tests.machinery.programs import Program, Programs

SWEEP = "orchestration.jobs.control.sweep"


def _done() -> int:
    """How many sweeps the workers have done, by their own count of those begun; 0 at work."""
    inspect = app.control.inspect(limit=1, timeout=5)
    stats = inspect.stats() or {}
    begun = sum(worker["total"].get(SWEEP, 0) for worker in stats.values())
    at_work = inspect.active() or {}
    return 0 if any(at_work.values()) else begun


def _more_than(number: int) -> Callable[[], bool]:
    return lambda: _done() > number


@pytest.fixture
def worker(programs: Programs) -> Program:
    """One worker for control, without the clock."""
    return programs.worker(queues="control", slots=1)


def test_a_job_reaches_a_worker(worker: Program) -> None:
    app.send_task(SWEEP)
    worker.wait_for(_more_than(0), "sweep done")


@pytest.mark.chaos
def test_jobs_are_carried_after_redis_was_emptied(worker: Program, redis_url: str) -> None:
    app.send_task(SWEEP)
    worker.wait_for(_more_than(0), "first sweep done")
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()

    app.send_task(SWEEP)
    worker.wait_for(_more_than(1), "second sweep done")


@pytest.mark.chaos
def test_a_worker_whose_connections_were_cut_does_the_next_job(
    worker: Program, committed_database: Database
) -> None:
    app.send_task(SWEEP)
    worker.wait_for(_more_than(0), "first sweep done")
    with psycopg.connect(committed_database.owner_url, autocommit=True) as owner:
        # waits until each is gone: a connection that is about to end passes a health check
        cut = owner.execute(
            "select count(*) filter (where pg_terminate_backend(pid, 5000)) from pg_stat_activity"
            " where datname = current_database() and usename = 'signalbox_app'"
        ).fetchone()
    assert cut is not None
    assert cut[0] >= 1

    app.send_task(SWEEP)
    worker.wait_for(_more_than(1), "second sweep done")
    assert "raised unexpected" not in worker.output()


def test_a_worker_keeps_its_connection_between_jobs(
    worker: Program, committed_database: Database
) -> None:
    app.send_task(SWEEP)
    worker.wait_for(_more_than(0), "first sweep done")
    with psycopg.connect(committed_database.owner_url, autocommit=True) as owner:
        query = (
            "select pid from pg_stat_activity where datname = current_database()"
            " and usename = 'signalbox_app' and application_name = '' and query <> ''"
            " and pid <> %s"
        )
        own = [_own_backend()]
        before = set(owner.execute(query, own).fetchall())
        for number in range(1, 4):
            app.send_task(SWEEP)
            worker.wait_for(_more_than(number), "sweep done")
        assert set(owner.execute(query, own).fetchall()) == before != set()


def _own_backend() -> int:
    """The database connection of the test itself."""
    from django.db import connection

    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)
