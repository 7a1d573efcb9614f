"""What Celery jobs do is in the ledger as well: each job has its entries, or leaves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import Settings

from console.celery import app
from orchestration.models import Channel, Delivery, Finding, Follower
from orchestration.operations import approvals, dispatch
from orchestration.operations.deliveries import MOST_TRIES
from orchestration.operations.findings import mute_finding
from orchestration.vocabulary import DeliveryState
from tests.integration.orchestration import entry_cases_of_policies
from tests.integration.orchestration.entry_cases_of_findings import found
from tests.integration.orchestration.entry_cases_of_news import last_try
from tests.integration.orchestration.entry_cases_of_reviewing import requested
from tests.integration.orchestration.scenes import Scene
from tests.integration.orchestration.test_entries import entries_after, everything, last_entry

Ready = Callable[[Scene], tuple[str, ...]]


def _work_to_do(scene: Scene) -> tuple[str, ...]:
    scene.agent(lambda task: task.post("k", 1))
    scene.goal()
    dispatch.dispatch()
    return ()


def _ready_task(scene: Scene) -> tuple[str, ...]:
    scene.ready_task()
    return ()


def _finished_goal(scene: Scene) -> tuple[str, ...]:
    return (str(scene.finished_goal().pk),)


def _due_approval(scene: Scene) -> tuple[str, ...]:
    scene.hold_call()
    scene.let_expire()
    return ()


def _requested_replay(scene: Scene) -> tuple[str, ...]:
    return (str(entry_cases_of_policies.requested(scene).pk),)


def _requested_verification(scene: Scene) -> tuple[str, ...]:
    return (str(requested(scene).pk),)


def _follow_nothing() -> None:
    """Forget readers of the ledger: within a test's own transaction they see what they may not.

    A position counts transactions of the whole server, so that it would depend on what other
    databases do at the time; readers have tests on committed entries.
    """
    Follower.objects.all().delete()


def _muted_finding(scene: Scene) -> tuple[str, ...]:
    row, until = found(scene), timezone.now() + timedelta(hours=1)
    mute_finding(finding=row, until=until, person=scene.operator, reason="known")
    Finding.objects.update(muted_until=timezone.now() - timedelta(seconds=1))
    _follow_nothing()
    return ()


JOBS: dict[str, tuple[Ready, list[str]]] = {
    "orchestration.jobs.control.dispatch": (_ready_task, ["task.awarded", "task.admitted"]),
    "orchestration.jobs.control.advance_goal": (_finished_goal, ["goal.closed"]),
    "orchestration.jobs.control.sweep": (
        _due_approval,
        ["approval.expired", "task.resumed", "task.admitted"],
    ),
    "orchestration.jobs.notifying.tell_people": (last_try, ["notification.failed"]),
    "orchestration.jobs.replaying.replay_history": (
        _requested_replay,
        ["policy_replay.started", "policy_replay.finished"],
    ),
    "orchestration.jobs.verifying.verify_ledger": (
        _requested_verification,
        ["verification.started", "verification.failed"],  # nothing was sealed, so there is no key
    ),
    "orchestration.jobs.watching.watch": (_muted_finding, ["finding.unmuted"]),
    "orchestration.jobs.work.run_tasks": (
        _work_to_do,
        ["task.started", "step.done", "step.done", "task.done"],
    ),
}
"""For each job: what makes work for it and returns its arguments, and the entries it owes."""


CLAIMING = {"orchestration.jobs.notifying.tell_people"}
"""Jobs that claim first and settle after: a claim whose worker died is taken up again."""


def ours() -> dict[str, Any]:
    """Our jobs by name, as a worker would find them."""
    app.loader.import_default_modules()
    return {name: job for name, job in app.tasks.items() if not name.startswith("celery.")}


def test_every_job_is_here() -> None:
    assert sorted(JOBS) == sorted(ours())


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_job_and_its_entries_commit_together_or_not_at_all(
    name: str,
    db: None,
    tmp_path: Path,
    settings: Settings,
    ledger_that_refuses: Any,
) -> None:
    settings.TOOL_FOLDER = tmp_path
    scene = Scene(tmp_path)
    make_work, owed = JOBS[name]
    arguments = make_work(scene)
    job = ours()[name]
    before = everything()
    with ledger_that_refuses(), pytest.raises(DatabaseError):
        job.run(*arguments)
    if name in CLAIMING:
        take_back_claims()
    else:
        assert everything() == before
    last = last_entry()
    job.run(*arguments)
    assert Counter(entry.kind for entry in entries_after(last)) == Counter(owed)


def take_back_claims() -> None:
    """A worker died with a message in hand: it is still queued, and its turn comes again."""
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).update(tries=MOST_TRIES - 1) == 1
    Channel.objects.update(rest_until=None)


def test_a_job_with_nothing_to_do_writes_nothing(db: None, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    goal = scene.finished_goal()
    scene.run()
    approvals.expire_due()
    _follow_nothing()
    before = everything()
    for name in JOBS:
        of_one = name.endswith(("advance_goal", "replay_history", "verify_ledger"))
        arguments = (str(goal.pk),) if of_one else ()
        ours()[name].run(*arguments)
    assert everything() == before
