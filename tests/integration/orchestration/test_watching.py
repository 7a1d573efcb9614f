"""Trouble between agents is found in what really happened, and answered as policies decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit import ledger
from audit.models import Entry
from orchestration.coherence.deadlock import Deadlock
from orchestration.detection.findings import Response as Kind
from orchestration.errors import Denied, IllegalTransition, InvalidInput, NotAllowed
from orchestration.models import Agent, Finding, Pace, Response, Step, Task, Wait
from orchestration.operations import attempts, dispatch, planning, waiting
from orchestration.operations.changes import SYSTEM
from orchestration.operations.findings import (
    acknowledge_finding,
    assign_finding,
    end_mutes,
    mute_finding,
    reopen_finding,
    resolve_finding,
)
from orchestration.operations.planning import TaskSpec
from orchestration.operations.responding import (
    carry_out_proposal,
    dismiss_proposal,
    respond,
    undo_response,
)
from orchestration.operations.watching import Watch, begin_watching, watch_ledger
from orchestration.vocabulary import Role
from tests.integration.orchestration.world import LEASE, World, tool_that

NO_DAMPING = """
policy: tests.no-damping
title: Nothing is damped
scope: {acts: [finding.respond]}
rules:
  - {name: never, when: act.target == "damp", effect: deny, reason: "{act.target} is not for us"}
"""


NOTHING_IS_LATE = -60.0
"""A grace of less than nothing: what happened is looked at at once."""


def look() -> list[Finding]:
    """Look once, as a process that has just started; returns what stands."""
    begin_watching()
    watch_ledger(watch=Watch(grace=NOTHING_IS_LATE))
    return list(Finding.objects.exclude(state="resolved").order_by("created_at"))


def looper(
    world: World, *, stubborn: bool = False, autonomy: str = "act"
) -> tuple[Agent, list[Any]]:
    """An agent that would call one tool a hundred times."""
    calls: list[Any] = []

    def perform(call: Any) -> dict[str, str]:
        calls.append(call.arguments)
        return {"state": "still the same"}

    name = tool_that(perform, effect="read", idempotent=True)

    def run(task: Any) -> dict[str, str]:
        for _ in range(100):
            try:
                task.call(name, about="x")
            except Denied:
                if not stubborn:
                    raise
        return {}

    return world.agent(run, grants=(name,), autonomy=autonomy), calls


def test_a_looping_agent_with_a_budget_of_100_steps_is_stopped_before_step_10(
    world: World,
) -> None:
    begin_watching()
    _, calls = looper(world, stubborn=True)
    world.goal(budget={"steps": 100})
    world.run()
    assert len(calls) == 3
    assert Step.objects.count() < 10
    task = world.only_task()
    assert (task.state, task.park_reason) == ("parked", "looping")
    (finding,) = look()
    assert finding.detector == "coherence.loop"
    assert finding.tasks == [str(task.pk)]
    assert {node["id"].partition(":")[0] for node in finding.nodes} <= {
        str(pk) for pk in Step.objects.values_list("pk", flat=True)
    }
    assert Entry.objects.filter(kind="finding.opened", subject_id=str(finding.pk)).count() == 1


def test_an_agent_that_is_told_of_its_loop_may_adapt(world: World) -> None:
    told: list[str] = []
    name = tool_that(lambda call: {"n": 1}, effect="read", idempotent=True)

    def run(task: Any) -> dict[str, bool]:
        try:
            for _ in range(100):
                task.call(name, about="x")
        except Denied as denied:
            told.extend(denied.reasons)
        task.call(name, about="y")
        return {"done": True}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert told == ["this call was made 3 times with the same result"]


def slow_loop(world: World, times: int = 14) -> Agent:
    """An agent that posts the same thing again and again, which nothing prevents."""

    def run(task: Any) -> dict[str, str]:
        for _ in range(times):
            task.post("plan", "the same")
        return {}

    return world.agent(run)


def test_a_finding_is_one_row_however_often_it_is_seen_and_is_answered_once(world: World) -> None:
    begin_watching()
    agent = slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    assert look() == [finding]
    assert finding.agents == [str(agent.pk)]
    (response,) = finding.responses.all()
    assert (response.kind, response.state, response.automatic) == ("damp", "done", True)
    assert Pace.objects.get().agent == agent
    assert "finding.opened" in world.kinds(finding.goal)
    assert "response.done" in world.kinds(finding.goal)


def test_a_damped_agent_is_at_full_speed_again_when_it_is_undone(world: World) -> None:
    begin_watching()
    agent = slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    response = undo_response(response=finding.responses.get(), person=world.operator)
    assert response.state == "undone"
    assert agent.slug in response.result
    assert not Pace.objects.exists()
    with pytest.raises(IllegalTransition):
        undo_response(response=response, person=world.operator)


def test_a_response_that_policy_denies_is_not_carried_out_and_says_so(world: World) -> None:
    world.policy(NO_DAMPING)
    begin_watching()
    agent = slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    denied = finding.responses.get(kind="damp")
    assert denied.state == "denied"
    assert denied.reasons == ["damp is not for us"]
    assert not Pace.objects.exists()
    agent.refresh_from_db()
    assert Entry.objects.filter(kind="response.denied").count() == 1
    with pytest.raises(IllegalTransition):
        undo_response(response=denied, person=world.operator)


def test_pausing_an_agent_that_may_not_act_alone_is_proposed_to_people(world: World) -> None:
    begin_watching()
    agent = slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    Finding.objects.update(confidence=500)
    finding.refresh_from_db()
    proposed = respond(finding=finding, kind=Kind.QUARANTINE)
    assert proposed.state == "proposed"
    agent.refresh_from_db()
    assert agent.state == "active"
    with pytest.raises(NotAllowed):
        carry_out_proposal(response=proposed, person=world.first)
    done = carry_out_proposal(response=proposed, person=world.operator)
    assert (done.state, done.automatic, done.person) == ("done", False, world.operator)
    agent.refresh_from_db()
    assert agent.state == "quarantined"
    proposed.refresh_from_db()
    assert proposed.state == "dismissed"
    undo_response(response=done, person=world.operator)
    agent.refresh_from_db()
    assert agent.state == "active"


def circle(world: World) -> list[Task]:
    """Three tasks at work, each waiting for the answer of the next."""
    world.agent(lambda task: {}, capability="waiting")
    goal = world.goal(planner="waiting")
    specs = [TaskSpec(f"t{number}", "waiting", f"Task {number}") for number in range(3)]
    with ledger.transaction():
        planning.add_tasks(goal=goal, parent=None, specs=specs, actor=SYSTEM)
    dispatch.dispatch()
    begun = attempts.claim_tasks(worker="test", limit=10, lease=LEASE)
    ring = [attempt for attempt in begun if attempt.task.key.startswith("t")]
    for attempt, after in zip(ring, [*ring[1:], ring[0]], strict=True):
        with ledger.transaction():
            waiting.suspend(attempt=attempt, kind=Wait.Kind.REPLY, subject=after.task_id)
    return [attempt.task for attempt in ring]


def test_a_deadlock_of_three_agents_is_broken_in_one_look(world: World) -> None:
    begin_watching()
    tasks = circle(world)
    finding = next(f for f in look() if f.detector == Deadlock.about.name)
    assert sorted(finding.tasks) == sorted(str(task.pk) for task in tasks)
    assert finding.confidence == 1000
    response = finding.responses.get()
    assert (response.kind, response.state) == ("break-deadlock", "done")
    victim = Task.objects.get(pk=response.subjects["task"][0])
    assert str(victim.pk) == finding.spared[0]
    assert victim.state == "cancelled"
    assert "deadlock" in victim.reason
    assert Task.objects.filter(pk__in=finding.tasks, state="ready").count() == 1
    again = undo_response(response=response, person=world.operator)
    assert "begins again" in again.result
    assert Task.objects.filter(key=f"{victim.key}~again").count() == 1


def test_a_deadlock_is_broken_only_once(world: World) -> None:
    begin_watching()
    circle(world)
    finding = next(f for f in look() if f.detector == Deadlock.about.name)
    with pytest.raises(IllegalTransition):
        respond(
            finding=finding,
            kind=Kind.BREAK_DEADLOCK,
            person=world.operator,
            choice=finding.spared[0],
        )


def test_people_take_mute_resolve_and_reopen_a_finding(world: World) -> None:
    begin_watching()
    slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    acknowledge_finding(finding=finding, person=world.operator)
    assert finding.assignee == world.operator
    assign_finding(finding=finding, to=world.asker, person=world.operator)
    with pytest.raises(InvalidInput):
        assign_finding(finding=finding, to=world.first, person=world.operator)
    with pytest.raises(NotAllowed):
        acknowledge_finding(finding=finding, person=world.first)
    with pytest.raises(InvalidInput):
        mute_finding(
            finding=finding, until=timezone.now() - timedelta(1), person=world.operator, reason=""
        )
    until = timezone.now() + timedelta(seconds=1)
    mute_finding(finding=finding, until=until, person=world.operator, reason="known")
    assert end_mutes() == 0
    Finding.objects.update(muted_until=timezone.now() - timedelta(seconds=1))
    assert end_mutes() == 1
    finding.refresh_from_db()
    assert finding.state == "open"
    resolve_finding(finding=finding, person=world.operator, reason="corrected")
    assert Finding.objects.filter(state="resolved").count() == 1
    reopen_finding(finding=finding, person=world.operator)
    kinds = Entry.objects.filter(subject_id=str(finding.pk)).values_list("kind", flat=True)
    assert set(kinds) == {
        "finding.opened",
        "finding.acknowledged",
        "finding.assigned",
        "finding.muted",
        "finding.unmuted",
        "finding.resolved",
        "finding.reopened",
    }


def test_a_cause_that_was_resolved_and_comes_back_is_a_new_finding(world: World) -> None:
    begin_watching()
    slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    resolve_finding(finding=finding, person=world.operator, reason="")
    fields = {
        field.name: getattr(finding, field.name)
        for field in Finding._meta.concrete_fields
        if field.name not in {"id", "created_at", "revision", "state"}
    }
    Finding.objects.create(**fields)
    with pytest.raises(InvalidInput):
        reopen_finding(finding=finding, person=world.operator)


def test_a_proposal_can_be_dismissed(world: World) -> None:
    begin_watching()
    slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    proposed = respond(finding=finding, kind=Kind.REPLAN)
    assert proposed.state == "proposed"
    dismiss_proposal(response=proposed, person=world.operator)
    assert Response.objects.get(pk=proposed.pk).state == "dismissed"


def test_a_failed_look_loses_nothing(world: World, ledger_that_refuses: Any) -> None:
    begin_watching()
    slow_loop(world)
    world.goal()
    world.run()
    watch = Watch(grace=NOTHING_IS_LATE)
    with ledger_that_refuses(), pytest.raises(DatabaseError):
        watch_ledger(watch=watch)
    assert not Finding.objects.exists()
    watch_ledger(watch=watch)
    assert Finding.objects.count() == 1


def test_a_process_that_starts_anew_goes_on_with_what_it_finds_in_the_ledger(world: World) -> None:
    begin_watching()
    slow_loop(world, times=3)
    world.goal()
    world.run()
    assert look() == []
    # the task is over: a loop of one call needs four, so half of it in each look is no loop
    slow = Task.objects.get()
    assert slow.state == "done"
    watch_ledger(watch=Watch(grace=NOTHING_IS_LATE))
    assert not Finding.objects.exists()


def test_an_operator_of_another_unit_may_not_respond(world: World) -> None:
    begin_watching()
    slow_loop(world)
    world.goal()
    world.run()
    (finding,) = look()
    other = world.open_unit("other", "organisation")
    stranger = world.person("stranger", Role.OPERATOR, other)
    with pytest.raises(NotAllowed):
        respond(finding=finding, kind=Kind.PAUSE, person=stranger)
