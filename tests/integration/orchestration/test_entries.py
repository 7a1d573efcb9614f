"""Every operation that writes has its entries, in the same transaction, or writes nothing.

Operations are found by looking: one that has neither a case nor a stated reason fails here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from audit.models import Entry
from orchestration import operations
from orchestration.models import Unit
from orchestration.operations import attempts as attempt_operations
from orchestration.operations import (
    budgets,
    deliveries,
    goals,
    interventions,
    policy_replays,
    verifying,
    waiting,
    watching,
)
from orchestration.operations.dispatch import dispatch, release_stale_admissions
from orchestration.operations.signals import send, wake_workers
from orchestration.operations.visits import Caller, note_failed_sign_in
from orchestration.reconstruction.reading import reconstruct_everything
from tests.integration.orchestration import (
    entry_cases_of_findings,
    entry_cases_of_news,
    entry_cases_of_people,
    entry_cases_of_policies,
    entry_cases_of_review_work,
    entry_cases_of_reviewing,
    entry_cases_of_work,
)
from tests.integration.orchestration.comparing import differences, tables
from tests.integration.orchestration.entry_cases import CASES, Case, inside
from tests.integration.orchestration.scenes import Scene
from tests.integration.orchestration.world import LEASE
from tests.machinery.databases import Database

CASE_BOOKS = (
    entry_cases_of_findings,
    entry_cases_of_policies,
    entry_cases_of_news,
    entry_cases_of_people,
    entry_cases_of_review_work,
    entry_cases_of_reviewing,
    entry_cases_of_work,
)
"""Modules whose import enters their cases."""

OF_A_GOAL = {"goal", "task", "step", "approval", "vote", "board", "finding", "response"}
OF_A_GOAL |= {"review", "verdict", "annotation"}
"""Kinds of subjects whose entries name the goal."""

READING = {
    "approvals.how_it_ended",
    "approvals.why_not",
    "attempts.agent_actor",
    "attempts.read_payload",
    "changes.board_subject",
    "changes.is_bulky",
    "changes.kind_of",
    "channels.may_keep",
    "changes.owners_of",
    "changes.plain",
    "deliveries.rhythm_of",
    "dispatch.candidates_for",
    "dispatch.now_ready_count",
    "dispatch.runnable",
    "goals.board_values",
    "goals.goals_to_advance",
    "goals.lock_goal",
    "parked.read_outcome",
    "people.actor_for",
    "planning.results_of",
    "policies.bundle_at",
    "policies.parse_policy",
    "policies.principles_for",
    "policy_replays.check_window",
    "policy_replays.compiled_for",
    "policy_replays.result",
    "policy_replays.tally_span",
    "policy_texts.active_bundle",
    "policy_texts.compile_prospect",
    "policy_texts.compile_texts",
    "policy_texts.draft_sources",
    "policy_texts.failing_tests",
    "policy_texts.prospect",
    "policy_texts.sources_of",
    "remedies.is_possible",
    "remedies.least_autonomy",
    "reviews.involved",
    "reviews.population",
    "reviews.traits_of",
    "reviews.why_not",
    "visits.check_limit",
    "waiting.held_task",
    "watching.detectors",
}
"""Public functions of operations that change nothing; held to it by their text."""

WITHOUT_ENTRIES = {
    "attempts.renew_leases": "says only that a worker is alive",
    "budgets.lease_slice": "a reservation; what is used is in the entries of steps",
    "budgets.reclaim_slices": "gives back what was reserved and not used",
    "budgets.set_budget": "the entry of its owner says the cap",
    "budgets.settle_slices": "gives back what was reserved and not used",
    "changes.recorded_fields": "stores free text that the caller's entry refers to",
    "deliveries.begin_following": "where a reader of the ledger begins",
    "deliveries.gather_news": "a copy of news that has its own entries, on its way to people",
    "deliveries.next_message": "a claim while a message is sent; its end has an entry",
    "dispatch.release_stale_admissions": "sends messages, which carry no work",
    "interventions.wait_for_running_statements": "waits, and changes nothing",
    "interventions.raise_epoch": "the entry of the halt or pause that raised it says why",
    "policy_replays.advance_replay": "says only how far it is; the end of the replay owes an entry",
    "policy_replays.redrive_replays": "sends messages, which carry no work",
    "signals.send": "a message carries no work",
    "signals.wake_workers": "a message carries no work",
    "verifying.redrive_verifications": "sends messages; what it gives up has its own entry",
    "waiting.end_attempt": "the entry of its task says how the attempt ended",
    "watching.begin_watching": "a reader's position, and no change of state",
}
"""Operations that write and owe no entry of their own, with the reason."""

ALONE = ("verifying.note_progress", "visits.note_failed_sign_in", "visits.note_refusal")
"""Write on a second connection, whatever becomes of the first; each has a test of its own."""

WRITING = ("create(", "change(", "record(", ".update(", ".delete(", ".save(", ".set(", "store(",
           "ledger.", "cursor")  # fmt: skip
"""What a reading function's text must not hold."""


def public_operations() -> dict[str, Any]:
    """Every public function defined in a module of operations, by `module.name`."""
    found = {}
    for info in pkgutil.iter_modules(operations.__path__):
        module = importlib.import_module(f"{operations.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                found[f"{info.name}.{name}"] = function
    return found


def test_every_public_operation_has_a_case_or_a_reason_to_have_none() -> None:
    known = [*CASES, *READING, *WITHOUT_ENTRIES, *ALONE]
    assert sorted(known) == sorted(public_operations())


@pytest.mark.parametrize("name", sorted(READING))
def test_what_is_said_to_read_does_not_write(name: str) -> None:
    text = inspect.getsource(public_operations()[name])
    assert [word for word in WRITING if word in text] == []


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    """A fresh world, gone after the test."""
    return Scene(tmp_path)


def everything() -> dict[str, str]:
    """A digest of each table of ours, entries and payloads included."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    found = {}
    with connection.cursor() as cursor:
        for table in [*tables, "audit_payload"]:
            cursor.execute(
                f"select md5(string_agg(md5(t::text), '' order by md5(t::text))) from {table} t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def last_entry() -> int:
    return int(Entry.objects.order_by("-id").values_list("id", flat=True)[0])


def entries_after(last: int) -> list[Entry]:
    return list(Entry.objects.filter(id__gt=last).order_by("id"))


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_operation_and_its_entries_commit_together_or_not_at_all(
    name: str, scene: Scene, ledger_that_refuses: Any
) -> None:
    case = CASES[name]
    act = case.prepare(scene)
    before = everything()
    with ledger_that_refuses(), pytest.raises(DatabaseError):
        act()
    assert everything() == before
    last, untold = last_entry(), differences(reconstruct_everything(), tables())
    act()
    assert set(differences(reconstruct_everything(), tables())) <= set(untold)
    written = entries_after(last)
    said = [(entry.kind, entry.subject_kind, entry.actor_kind) for entry in written]
    assert Counter(said) == Counter(case.owed)
    assert [fault for entry in written for fault in faults_of(entry, case, scene)] == []
    assert stale_revisions(written) == []


def faults_of(entry: Entry, case: Case, scene: Scene) -> Iterator[str]:
    """What is missing in an entry: where it belongs, to which goal, and who did it."""
    if entry.scope not in {case.scope, *case.also}:
        yield f"{entry.kind} is filed under {entry.scope!r}"
    if (entry.goal is not None) != (entry.subject_kind in OF_A_GOAL):
        yield f"{entry.kind} names the goal {entry.goal}"
    if not is_known(entry, scene):
        yield f"{entry.kind} was done by {entry.actor_kind} {entry.actor_id}"
    told_elsewhere = entry.subject_kind == "board" or entry.kind == "unit.looked_at"
    if entry.revision and not told_elsewhere and "set" not in data_of(entry):
        yield f"{entry.kind} has a revision and does not say what was set"


def is_known(entry: Entry, scene: Scene) -> bool:
    """Whether the actor is somebody of this world."""
    if entry.actor_kind == "system":
        return entry.actor_id == "signalbox"
    if entry.kind == "sign_in.failed":
        return entry.actor_id.startswith("address:")
    model = {"person": "Person", "agent": "Agent"}[entry.actor_kind]
    found = apps.get_model("orchestration", model).objects.filter(pk=entry.actor_id)
    return bool(found.exists())


def data_of(entry: Entry) -> dict[str, Any]:
    return dict(orjson.loads(entry.body).get("data", {}))


def stale_revisions(entries: list[Entry]) -> list[str]:
    """Subjects whose row is not at the revision their last entry says."""
    latest = {
        (e.subject_kind.replace("_", ""), e.subject_id): e.revision
        for e in entries
        if e.revision is not None and e.subject_kind not in {"board", "vote"}
    }
    wrong = []
    for (kind, key), revision in latest.items():
        row = apps.get_model("orchestration", kind).objects.get(pk=key)
        if getattr(row, "revision", 1) != revision:
            wrong.append(f"{kind} is at {row.revision}, its entry says {revision}")
    return wrong


def test_an_operation_that_refuses_leaves_nothing(scene: Scene) -> None:
    """Its checks may come after its first writes: all of them go."""
    goal = scene.ready_task().goal
    goals.pause_goal(goal=goal, reason="wait", person=scene.operator)
    before = everything()
    with pytest.raises(Exception, match="not running"):
        scene.change_fact(goal, "k", 1)
    assert everything() == before


def _without(scene: Scene) -> dict[str, Any]:
    """The operations that owe no entry, ready to be done, with something to do."""
    attempt = scene.claimed()
    replay = entry_cases_of_policies.begun(scene)
    budget = budgets.Budget.objects.get(measure="steps")
    lease = inside(
        lambda: budgets.lease_slice(budget=budget.pk, attempt=attempt.pk, wanted=5, least=1)
    )
    return {
        "attempts.renew_leases": lambda: attempt_operations.renew_leases(
            attempts=[attempt.pk], lease=2 * LEASE
        ),
        "budgets.lease_slice": lease,
        "budgets.settle_slices": lambda: (lease(), budgets.settle_slices(attempt.pk)),
        "budgets.set_budget": inside(
            lambda: budgets.set_budget(owner_kind="unit", owner_id="x", measure="steps", cap=1)
        ),
        "changes.recorded_fields": inside(
            lambda: operations.changes.recorded_fields({"reason": "because"})
        ),
        "interventions.raise_epoch": inside(interventions.raise_epoch),
        "interventions.wait_for_running_statements": interventions.wait_for_running_statements,
        "watching.begin_watching": watching.begin_watching,
        "waiting.end_attempt": inside(
            lambda: waiting.end_attempt(attempt, attempt_operations.AttemptState.LOST)
        ),
        "budgets.reclaim_slices": budgets.reclaim_slices,
        "deliveries.begin_following": deliveries.begin_following,
        "deliveries.gather_news": deliveries.gather_news,
        "deliveries.next_message": deliveries.next_message,
        "verifying.redrive_verifications": verifying.redrive_verifications,
        "dispatch.release_stale_admissions": release_stale_admissions,
        "policy_replays.advance_replay": lambda: policy_replays.advance_replay(replay=replay),
        "policy_replays.redrive_replays": policy_replays.redrive_replays,
        "signals.send": lambda: send("orchestration.jobs.control.dispatch"),
        "signals.wake_workers": wake_workers,
    }


def test_what_owes_no_entry_writes_none(scene: Scene) -> None:
    acts = _without(scene)
    assert sorted(acts) == sorted(WITHOUT_ENTRIES)
    last = last_entry()
    for act in acts.values():
        act()
    assert entries_after(last) == []


def test_a_failed_sign_in_is_written_though_its_request_is_rolled_back(
    committed_database: Database, tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    last = last_entry()
    with transaction.atomic():
        scene.open_unit("acme/never")
        note_failed_sign_in(Caller("pia", "192.0.2.7"))
        transaction.set_rollback(True)
    assert not Unit.objects.filter(scope="acme/never").exists()
    [entry] = entries_after(last)
    assert (entry.kind, entry.scope) == ("sign_in.failed", "acme")


def test_nothing_to_do_writes_nothing(scene: Scene) -> None:
    scene.ready_task()
    scene.run()
    before = everything()
    dispatch()
    attempt_operations.reap_lost_attempts()
    assert everything() == before
