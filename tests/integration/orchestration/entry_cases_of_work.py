"""Entries owed on the way of a goal: planning, dispatch, attempts, steps, approvals, waits."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit import ledger, payloads
from audit.identifiers import new_id
from orchestration.models import Approval, Attempt, Goal, Step, Task, Wait
from orchestration.operations import (
    approvals,
    attempts,
    auto_approval,
    dispatch,
    goals,
    planning,
    waiting,
)
from orchestration.operations.changes import SYSTEM
from orchestration.operations.planning import Labelled, TaskSpec
from orchestration.vocabulary import GoalState, ParkReason
from tests.integration.orchestration.entry_cases import Act, inside, owes
from tests.integration.orchestration.scenes import Scene

# --- approvals


@owes(
    "approvals.cast_vote",
    ("approval.answered", "vote", "person"),
    ("approval.denied", "approval", "person"),
    ("task.resumed", "task", "person"),
)
def _(scene: Scene) -> Act:
    approval = scene.hold_call()
    return lambda: approvals.cast_vote(
        approval_id=approval.pk,
        person=scene.first,
        verdict="deny",
        reason="no",
        digest=approval.digest,
    )


@owes(
    "approvals.expire_if_due",
    ("approval.expired", "approval", "system"),
    ("task.resumed", "task", "system"),
)
def _(scene: Scene) -> Act:
    approval = scene.hold_call()
    scene.let_expire()
    return lambda: approvals.expire_if_due(approval.pk)


@owes(
    "approvals.expire_due",
    ("approval.expired", "approval", "system"),
    ("task.resumed", "task", "system"),
)
def _(scene: Scene) -> Act:
    scene.hold_call()
    scene.let_expire()
    return approvals.expire_due


@owes("approvals.withdraw_approvals", ("approval.withdrawn", "approval", "system"))
def _(scene: Scene) -> Act:
    task = scene.hold_call().task
    return inside(lambda: approvals.withdraw_approvals(task=task, actor=SYSTEM, reason="gone"))


@owes("approvals.open_approval", ("approval.opened", "approval", "system"))
def _(scene: Scene) -> Act:
    held = scene.hold_call()
    scene.let_expire()
    approvals.expire_due()

    def act() -> None:
        again = Approval.objects.get(pk=held.pk)
        again.pk, again.state, again.revision = new_id(), "open", 1
        again._state.adding = True
        approvals.open_approval(approval=again, actor=SYSTEM)

    return inside(act)


@owes(
    "auto_approval.approve_waiting",
    ("approval.answered", "vote", "person"),
    ("approval.answered", "vote", "person"),
    ("approval.granted", "approval", "person"),
    ("task.resumed", "task", "person"),
    scope="demo",
)
def _(scene: Scene) -> Act:
    scene.move_to(scene.open_unit("demo", "organisation"))
    goal = scene.hold_call(quorum=2).goal
    return lambda: auto_approval.approve_waiting(goal=goal)


# --- attempts


@owes("attempts.claim_tasks", ("task.started", "task", "system"))
def _(scene: Scene) -> Act:
    scene.ready_task()
    dispatch.dispatch()
    return lambda: attempts.claim_tasks(worker="w", limit=9, lease=timedelta(seconds=30))


@owes("attempts.finish_attempt", ("task.done", "task", "agent"))
def _(scene: Scene) -> Act:
    key = scene.claimed().pk

    def act() -> None:
        attempt = Attempt.objects.get(pk=key)
        attempts.finish_attempt(attempt=attempt, result=payloads.store({}), labels={})

    return inside(act)


@owes("attempts.fail_attempt", ("task.failed", "task", "system"))
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    return lambda: attempts.fail_attempt(attempt=attempt, error="boom")


@owes("attempts.give_back_attempt", ("task.returned", "task", "system"))
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    return lambda: attempts.give_back_attempt(attempt=attempt)


@owes("attempts.park_attempt", ("task.parked", "task", "system"))
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    return lambda: attempts.park_attempt(attempt=attempt, why=ParkReason.DIVERGED, reason="odd")


@owes("attempts.park", ("task.parked", "task", "system"))
def _(scene: Scene) -> Act:
    scene.ready_task()
    return inside(lambda: attempts.park(Task.objects.get(), ParkReason.OWNERLESS, "nobody"))


@owes("attempts.mark_unknown", ("step.unknown", "step", "system"))
def _(scene: Scene) -> Act:
    scene.die_in_a_call()
    step = Step.objects.get(state="dispatched")
    return lambda: attempts.mark_unknown(step_id=str(step.pk))


@owes("attempts.reap_lost_attempts", ("task.recovered", "task", "system"))
def _(scene: Scene) -> Act:
    scene.claimed()
    scene.let_leases_run_out()
    return attempts.reap_lost_attempts


# --- dispatch


@owes(
    "dispatch.dispatch",
    ("task.awarded", "task", "system"),
    ("task.admitted", "task", "system"),
)
def _(scene: Scene) -> Act:
    scene.ready_task()
    return dispatch.dispatch


@owes("dispatch.allocate_ready", ("task.awarded", "task", "system"))
def _(scene: Scene) -> Act:
    scene.ready_task()
    return dispatch.allocate_ready


@owes("dispatch.admit_ready", ("task.admitted", "task", "system"))
def _(scene: Scene) -> Act:
    scene.ready_task()
    dispatch.allocate_ready()
    return lambda: dispatch.admit_ready(room=4)


# --- goals


@owes(
    "goals.open_goal",
    ("goal.opened", "goal", "person"),
    ("board.posted", "board", "person"),
    ("task.added", "task", "person"),
    ("task.ready", "task", "system"),
)
def _(scene: Scene) -> Act:
    spec = goals.GoalSpec(title="G", objective="Do", planner="work", board={"k": 1})
    return lambda: goals.open_goal(
        spec=spec,
        unit=scene.unit,
        requested_by=scene.asker,
    )


@owes(
    "goals.change_facts",
    ("board.posted", "board", "person"),
    ("task.cancelled", "task", "person"),
    ("task.added", "task", "person"),
    ("task.ready", "task", "system"),
)
def _(scene: Scene) -> Act:
    goal = scene.watching_task("ports").goal
    return lambda: goals.change_facts(
        goal=goal,
        values={"ports": ["X"]},
        reason="closed",
        person=scene.operator,
    )


@owes("goals.advance_goal", ("goal.closed", "goal", "system"))
def _(scene: Scene) -> Act:
    goal = scene.finished_goal()
    return lambda: goals.advance_goal(goal_id=goal.pk)


@owes("goals.close_goal", ("goal.closed", "goal", "system"))
def _(scene: Scene) -> Act:
    key = scene.finished_goal().pk
    return inside(
        lambda: goals.close_goal(Goal.objects.get(pk=key), GoalState.FAILED, "no use", "")
    )


@owes("goals.pause_goal", ("goal.paused", "goal", "person"))
def _(scene: Scene) -> Act:
    goal = scene.ready_task().goal
    return lambda: goals.pause_goal(goal=goal, reason="wait", person=scene.operator)


@owes("goals.resume_goal", ("goal.resumed", "goal", "person"))
def _(scene: Scene) -> Act:
    goal = scene.ready_task().goal
    goals.pause_goal(goal=goal, reason="wait", person=scene.operator)
    return lambda: goals.resume_goal(goal=goal, person=scene.operator)


@owes(
    "goals.cancel_goal",
    ("approval.withdrawn", "approval", "person"),
    ("task.cancelled", "task", "person"),
    ("goal.closed", "goal", "person"),
)
def _(scene: Scene) -> Act:
    goal = scene.hold_call().goal
    return lambda: goals.cancel_goal(goal=goal, reason="enough", person=scene.operator)


# --- planning


@owes(
    "planning.add_tasks",
    ("task.added", "task", "system"),
    ("task.ready", "task", "system"),
    ("task.added", "task", "system"),
    ("task.superseded", "task", "system"),
)
def _(scene: Scene) -> Act:
    goal = scene.watching_task("ports").goal
    specs = [
        TaskSpec("one", "work", "One", replaces=["watcher"]),
        TaskSpec("two", "work", "Two", needs=["one"]),
    ]
    return inside(lambda: planning.add_tasks(goal=goal, parent=None, specs=specs, actor=SYSTEM))


@owes("planning.release_if_ready", ("task.ready", "task", "system"))
def _(scene: Scene) -> Act:
    task = scene.task_whose_need_is_done()
    return inside(lambda: planning.release_if_ready(task.pk))


@owes("planning.after_task", ("task.ready", "task", "system"))
def _(scene: Scene) -> Act:
    done = scene.task_whose_need_is_done().needs.get().needs
    return inside(lambda: planning.after_task(done))


@owes("planning.cancel_task", ("task.cancelled", "task", "system"))
def _(scene: Scene) -> Act:
    task = scene.ready_task()
    return inside(lambda: planning.cancel_task(task, SYSTEM, "not needed"))


@owes(
    "planning.replan",
    ("task.cancelled", "task", "system"),
    ("task.added", "task", "system"),
    ("task.ready", "task", "system"),
)
def _(scene: Scene) -> Act:
    goal = scene.watching_task("ports").goal
    return lambda: planning.replan(goal=goal, changed={"ports": []}, reason="news", actor=SYSTEM)


@owes(
    "planning.open_plan",
    ("task.added", "task", "system"),
    ("task.ready", "task", "system"),
)
def _(scene: Scene) -> Act:
    goal = scene.ready_task().goal
    return inside(lambda: planning.open_plan(goal, Labelled({"changed": {}}, {}), SYSTEM))


# --- steps


@owes("steps.write_steps", ("step.done", "step", "agent"))
def _(scene: Scene) -> Act:
    key = scene.claimed().pk

    def act() -> None:
        context, stepper = scene.context(key)
        with transaction.atomic():
            context.post("k", 1)
            stepper.flush()

    return act


@owes("steps.finish_steps", ("step.done", "step", "agent"))
def _(scene: Scene) -> Act:
    name = scene.die_in_a_call(idempotent=True)
    key = scene.claim().pk

    def act() -> None:
        context, stepper = scene.context(key)
        with transaction.atomic():
            context.call(name)
            stepper.flush()

    return act


# --- waiting


@owes("waiting.suspend_for_reply", ("task.suspended", "task", "system"))
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    with ledger.transaction():
        spec = TaskSpec("other", "work", "Other")
        goal = attempt.task.goal
        [other] = planning.add_tasks(goal=goal, parent=None, specs=[spec], actor=SYSTEM)
    return lambda: waiting.suspend_for_reply(attempt=attempt, subtask=other)


@owes("waiting.suspend", ("task.suspended", "task", "system"))
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    return inside(
        lambda: waiting.suspend(attempt=attempt, kind=Wait.Kind.TIMER, subject=attempt.pk)
    )


@owes("waiting.wake", ("task.resumed", "task", "system"))
def _(scene: Scene) -> Act:
    wait = scene.waiting_for_a_timer()
    return inside(lambda: waiting.wake(kind=Wait.Kind.TIMER, subject=wait.subject))


@owes("waiting.ready_tasks", ("task.resumed", "task", "system"))
def _(scene: Scene) -> Act:
    wait = scene.waiting_for_a_timer()
    task = wait.task_id
    wait.delete()
    return inside(lambda: waiting.ready_tasks([task], SYSTEM))


@owes("waiting.wake_due", ("task.resumed", "task", "system"))
def _(scene: Scene) -> Act:
    scene.waiting_for_a_timer()
    return lambda: waiting.wake_due(timezone.now())


@owes("waiting.suspend_for_halt", ("task.suspended", "task", "system"))
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    halt = scene.halt_everything()
    return lambda: waiting.suspend_for_halt(attempt=attempt, halt=halt.pk)
