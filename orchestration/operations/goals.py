"""Goals: opening one, moving it on when its tasks finish, and what people may do to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min
from django.utils import timezone

from audit import ledger, payloads
from audit.entries import Actor
from audit.identifiers import new_id
from audit.models import Entry
from orchestration.access.roles import require
from orchestration.models import BoardEntry, Goal, Person, Task, Unit
from orchestration.operations import planning
from orchestration.operations.budgets import set_budget
from orchestration.operations.changes import (
    SYSTEM,
    board_subject,
    change,
    create,
    owners_of,
    record,
    recorded_fields,
)
from orchestration.operations.people import actor_for
from orchestration.operations.planning import Labelled
from orchestration.operations.signals import wake_workers
from orchestration.policy.labels import below, under
from orchestration.policy.personal import STANDS_FOR, owned
from orchestration.vocabulary import (
    FINISHED_GOAL,
    FINISHED_TASK,
    GoalState,
    ParkReason,
    Role,
    TaskState,
)


@dataclass(frozen=True)
class GoalSpec:
    """What somebody asks for; see Goal for the meaning of each field.

    `brief` is the JSON given to the planner; `board` the starting blackboard; `budget` caps by
    measure (steps, money in minor units, tokens, seconds).
    """

    title: str
    objective: str
    planner: str
    evaluator: str = ""
    criteria: list[str] = field(default_factory=list)
    constraints: dict[str, Any] = field(default_factory=dict)
    brief: dict[str, Any] = field(default_factory=dict)
    board: dict[str, Any] = field(default_factory=dict)
    budget: dict[str, int] = field(default_factory=dict)
    pattern: str = "central"
    priority: int = 3
    max_rounds: int = 3
    blueprint: str = ""
    template: str = ""


def open_goal(*, spec: GoalSpec, unit: Unit, requested_by: Person | None) -> Goal:
    """Start a goal: its row, budgets, starting blackboard and the planner's first task.

    Without a person the installation itself starts it, as on the command line. Raises NotAllowed
    when the person is neither operator nor admin there.
    """
    actor = _allowed(requested_by, unit.scope)
    with ledger.transaction():
        goal = Goal(
            unit=unit,
            scope=unit.scope,
            requested_by=requested_by,
            title=spec.title[:200],
            objective=spec.objective,
            criteria=spec.criteria,
            constraints=spec.constraints,
            pattern=spec.pattern,
            priority=spec.priority,
            blueprint=spec.blueprint,
            template=spec.template,
            planner=spec.planner,
            evaluator=spec.evaluator,
            max_rounds=spec.max_rounds,
            brief=payloads.store(spec.brief),
        )
        budget = {"steps": 100_000, **spec.budget}
        create(goal, "goal.opened", actor, payload=goal.brief, data={"budget": budget})
        for measure, cap in sorted(budget.items()):
            set_budget(owner_kind="goal", owner_id=str(goal.pk), measure=measure, cap=cap)
        for key, value in spec.board.items():
            _post(goal, key, value, actor)
        planning.open_plan(goal, None, actor)
        return goal


def _allowed(person: Person | None, scope: str) -> Actor:
    """The person as an actor who may act on goals of this unit; nobody stands for us ourselves."""
    if person is None:
        return SYSTEM
    require(person, scope, Role.OPERATOR, Role.ADMIN)
    return actor_for(person)


def change_facts(*, goal: Goal, values: dict[str, Any], reason: str, person: Person | None) -> Task:
    """A person changes facts while the goal runs; what they touch is planned anew.

    Without a person the installation itself tells of them, as on the command line. Raises
    NotAllowed when the person is neither operator nor admin there, IllegalTransition when the goal
    is not running.
    """
    actor = _allowed(person, goal.scope)
    with ledger.transaction():
        locked = lock_goal(goal.pk)
        _require_running(locked)
        for key, value in values.items():
            _post(locked, key, value, actor)
        return planning.replan(goal=locked, changed=values, reason=reason, actor=actor)


def board_values(*, goal: Goal, keys: tuple[str, ...]) -> dict[str, Any]:
    """The newest values of these keys of a goal's blackboard; missing ones are left out."""
    newest = BoardEntry.objects.filter(goal=goal, key__in=keys).order_by("key", "-version")
    digests = dict(newest.distinct("key").values_list("key", "value"))
    return {key: payloads.load(digest) for key, digest in digests.items()}


def _require_running(goal: Goal) -> None:
    from orchestration.errors import IllegalTransition

    if goal.state != GoalState.RUNNING:
        raise IllegalTransition(f"the goal is {goal.state}, not running")


def _post(goal: Goal, key: str, value: Any, actor: Actor) -> None:
    version = _board_version(goal, key) + 1
    digest = payloads.store(value)
    BoardEntry.objects.create(
        goal=goal,
        key=key,
        version=version,
        value=digest,
        author=actor.name,
        created_at=timezone.now(),
    )
    fields: dict[str, Any] = {"goal_id": goal.pk, "key": key, "value": digest, "labels": {}}
    fields |= {"step_id": None, "author": actor.name}
    said = recorded_fields(fields, owners_of(goal, actor))
    record(
        "board.posted",
        goal,
        actor,
        subject_kind="board",
        subject_id=board_subject(goal.pk, key),
        revision=version,
        payload=digest,
        data={"key": key, "version": version, "set": said},
    )


def _board_version(goal: Goal, key: str) -> int:
    found = BoardEntry.objects.filter(goal=goal, key=key).aggregate(latest=Max("version"))
    return int(found["latest"] or 0)


def lock_goal(pk: UUID) -> Goal:
    """The goal's row, locked until the transaction ends."""
    return Goal.objects.select_for_update(no_key=True).get(pk=pk)


def advance_goal(*, goal_id: UUID) -> str:
    """Move a goal on if nothing of it is under way: judge it, close it, or plan anew.

    Returns what was done, for the log; empty when nothing was due.
    """
    with ledger.transaction():
        goal = lock_goal(goal_id)
        if goal.state != GoalState.RUNNING or _is_busy(goal):
            return ""
        latest = _latest_turning_point(goal)
        if latest is None:
            return ""
        if latest.purpose == Task.Purpose.PLAN:
            return _after_plan(goal, latest)
        return _after_evaluation(goal, latest)


def _is_busy(goal: Goal) -> bool:
    return Task.objects.filter(goal=goal).exclude(state__in=FINISHED_TASK).exists()


def _latest_turning_point(goal: Goal) -> Task | None:
    turning = Task.objects.filter(goal=goal, purpose__in=[Task.Purpose.PLAN, Task.Purpose.EVALUATE])
    return turning.order_by("-created_at").first()


def _after_plan(goal: Goal, plan: Task) -> str:
    if plan.state != TaskState.DONE:
        return close_goal(goal, GoalState.FAILED, f"planning {plan.state}: {plan.reason}", "")
    failed = list(
        Task.objects.filter(
            goal=goal, state=TaskState.FAILED, purpose=Task.Purpose.WORK, superseded=False
        ).order_by("created_at")
    )
    if failed:
        about = {
            "changed": {},
            "cancelled": [],
            "failed": [{"key": t.key, "reason": t.reason} for t in failed],
            "critique": [f"{t.key} failed: {t.reason}" for t in failed],
            "reason": "tasks failed",
        }
        why = "; ".join(f"{t.key}: {t.reason}" for t in failed)[:2000]
        return _another_round(goal, Labelled(about, {}), why)
    if not goal.evaluator:
        return close_goal(goal, GoalState.COMPLETED, "", _stored(_results(goal)))
    _open_evaluation(goal)
    return "evaluating"


def _results(goal: Goal, **beside: Any) -> Labelled:
    """The results of the goal's work, with what stands beside them."""
    found = planning.results_of(goal)
    return Labelled({"results": found.value, **beside}, under(found.labels, "results"))


def _stored(said: Labelled) -> str:
    """A labelled value in the payload store, what is personal in it under its subjects' keys."""
    return payloads.store(said.value, personal=owned(said.labels, said.value))


def _open_evaluation(goal: Goal) -> None:
    body = _results(goal, criteria=goal.criteria, constraints=goal.constraints)
    number = Task.objects.filter(goal=goal, purpose=Task.Purpose.EVALUATE).count() + 1
    task = Task(
        goal=goal,
        scope=goal.scope,
        key=f"evaluation-{number}",
        title="Judge the plan",
        purpose=Task.Purpose.EVALUATE,
        capability=goal.evaluator,
        priority=0,
        input=_stored(body),
        input_labels=body.labels,
        round=goal.round,
        state=TaskState.READY,
        ready_at=timezone.now(),
    )
    create(task, "task.added", SYSTEM, payload=task.input)
    wake_workers()


def _after_evaluation(goal: Goal, evaluation: Task) -> str:
    if evaluation.state != TaskState.DONE:
        reason = f"evaluation {evaluation.state}: {evaluation.reason}"
        return close_goal(goal, GoalState.FAILED, reason, "")
    verdict = payloads.load(evaluation.result)
    if verdict.get("accepted"):
        labels = below(evaluation.result_labels, "outcome")
        told = verdict.get("outcome")
        outcome = Labelled(told, labels) if told else _results(goal)
        return close_goal(goal, GoalState.COMPLETED, "", _stored(outcome))
    critique = [str(line) for line in verdict.get("critique", [])]
    labels = {
        **under(below(evaluation.result_labels, "critique"), "critique"),
        **under(below(evaluation.result_labels, "touch"), "touch"),
    }
    about = {
        "changed": {},
        "cancelled": [],
        "critique": critique,
        "touch": verdict.get("touch", []),
        "reason": "not accepted",
    }
    personal = owned(labels, about)
    why = "; ".join(critique) if not personal else f"the critique is {STANDS_FOR}"
    return _another_round(goal, Labelled(about, labels), why)


def _another_round(goal: Goal, about: Labelled, why: str) -> str:
    if goal.round >= goal.max_rounds:
        _escalate(goal, why)
        return "escalated"
    change(goal, "goal.round_opened", SYSTEM, round=goal.round + 1)
    planning.open_plan(goal, about, SYSTEM)
    return "planning anew"


def _escalate(goal: Goal, why: str) -> None:
    """Nothing converged in the rounds allowed: a person takes over, among the parked work."""
    body = _results(goal, why=why)
    task = Task(
        goal=goal,
        scope=goal.scope,
        key=f"escalation-{new_id()}",
        title="Decide what becomes of the goal",
        purpose=Task.Purpose.EVALUATE,
        capability=goal.evaluator or goal.planner,
        priority=0,
        input=_stored(body),
        input_labels=body.labels,
        round=goal.round,
        state=TaskState.PARKED,
        park_reason=ParkReason.ESCALATED,
        reason=f"not accepted after {goal.max_rounds} rounds: {why}"[:2000],
    )
    create(task, "task.escalated", SYSTEM, payload=task.input)


def close_goal(
    goal: Goal, state: GoalState, reason: str, outcome: str, actor: Actor = SYSTEM
) -> str:
    """Close a goal; the entry commits how many entries it has, so that none can be left out."""
    change(
        goal,
        "goal.closed",
        actor,
        entry={"payload": outcome or None, "data": {"entries": _entries_before(goal)}},
        state=state,
        reason=reason[:2000],
        outcome=outcome,
        closed_at=timezone.now(),
    )
    return str(state)


def _entries_before(goal: Goal) -> dict[str, int | None]:
    """Number and range of the goal's entries that were committed before it was closed; `beside`
    are those of the act that closes it, which come between that range and the closing entry.
    """
    found = Entry.objects.filter(goal=goal.pk).aggregate(
        count=Count("id"), first=Min("id"), last=Max("id")
    )
    return {**found, "beside": ledger.waiting_about(str(goal.pk))}


def pause_goal(*, goal: Goal, reason: str, person: Person) -> Goal:
    """Stop admitting a goal's tasks and stop those that run before their next step.

    Raises NotAllowed when the person is neither operator nor admin there; so do the next two.
    """
    from orchestration.operations.interventions import raise_epoch

    actor = _allowed(person, goal.scope)
    with ledger.transaction():
        locked = lock_goal(goal.pk)
        change(locked, "goal.paused", actor, state=GoalState.PAUSED, reason=reason)
        raise_epoch()
        return locked


def resume_goal(*, goal: Goal, person: Person) -> Goal:
    """Let a paused goal go on."""
    actor = _allowed(person, goal.scope)
    with ledger.transaction():
        locked = lock_goal(goal.pk)
        change(locked, "goal.resumed", actor, state=GoalState.RUNNING, reason="")
        wake_workers()
        return locked


def cancel_goal(*, goal: Goal, reason: str, person: Person) -> Goal:
    """End a goal and everything of it that has not finished."""
    actor = _allowed(person, goal.scope)
    with ledger.transaction():
        locked = lock_goal(goal.pk)
        for task in Task.objects.filter(goal=locked).exclude(state__in=FINISHED_TASK):
            planning.cancel_task(task, actor, reason)
        change(
            locked,
            "goal.closed",
            actor,
            entry={"data": {"entries": _entries_before(goal)}},
            state=GoalState.CANCELLED,
            reason=reason,
            closed_at=timezone.now(),
        )
        return locked


def goals_to_advance() -> list[UUID]:
    """Running goals with nothing under way: for the sweep, should a message have been lost."""
    busy = Task.objects.exclude(state__in=FINISHED_TASK).values("goal_id")
    running = Goal.objects.exclude(state__in=[*FINISHED_GOAL, GoalState.PAUSED])
    return list(running.exclude(pk__in=busy).values_list("pk", flat=True)[:50])
