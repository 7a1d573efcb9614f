"""Celery jobs are time-limited, take identifiers only, and carry no rows."""

from __future__ import annotations

import inspect

import pytest

from console.celery import app

SIMPLE = {"str", "int", str, int}


def _jobs() -> list[str]:
    app.loader.import_default_modules()
    return sorted(name for name in app.tasks if not name.startswith("celery."))


def test_there_are_jobs_and_all_of_ours() -> None:
    assert _jobs()
    assert all(name.startswith("orchestration.jobs.") for name in _jobs())


@pytest.mark.parametrize("name", _jobs())
def test_a_job_has_a_time_limit_of_its_own(name: str) -> None:
    limit = app.tasks[name].time_limit
    assert limit is not None
    assert limit < app.conf.broker_transport_options["visibility_timeout"]


@pytest.mark.parametrize("name", _jobs())
def test_a_job_is_asked_to_end_before_it_is_killed(name: str) -> None:
    job = app.tasks[name]
    assert (job.soft_time_limit or app.conf.task_soft_time_limit) < job.time_limit


@pytest.mark.parametrize("name", _jobs())
def test_a_job_takes_identifiers_only(name: str) -> None:
    parameters = inspect.signature(app.tasks[name].run).parameters.values()
    assert {parameter.annotation for parameter in parameters} <= SIMPLE


def test_each_job_goes_to_a_queue_that_a_worker_listens_to() -> None:
    routed = {app.amqp.router.route({}, name)["queue"].name for name in _jobs()}
    assert routed <= {"work", "control", "background"}


def test_the_clock_asks_only_for_jobs_that_exist() -> None:
    asked = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert asked <= set(_jobs())


def test_messages_are_json_and_nothing_is_kept_of_results() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None


def test_a_job_is_done_again_when_its_worker_is_lost() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert not app.conf.task_always_eager
