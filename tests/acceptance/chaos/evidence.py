"""What really happened in a run, counted from outside and compared with what was recorded."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import Count

from audit.models import Entry
from audit.reading import body
from orchestration.models import Approval, Budget, Goal, Slice, Step, Task
from orchestration.vocabulary import FINISHED_GOAL, AttemptState, StepState, TaskState

NOT_IDEMPOTENT = "payments.transfer"
EFFECTS = ("payments.transfer", "bookings.reserve", "bookings.cancel", "email.send")


def faults(goal: Goal, folder: Path) -> list[str]:
    """Everything that contradicts "no effect twice, no step lost, each change has its entry"."""
    called = list(lines(folder / "invocations.jsonl"))
    checks = (
        effects_that_happened_twice(called, folder),
        invocations_without_their_step(goal, called),
        steps_without_their_invocation(goal, called),
        changes_without_their_entry(goal),
        journals_with_gaps(goal),
        what_is_left_open(goal),
    )
    return [fault for found in checks for fault in found]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON lines of a file; none if it was never written."""
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)


def effects_that_happened_twice(called: list[dict[str, Any]], folder: Path) -> Iterator[str]:
    """A non-idempotent tool called twice for one step, or one effect made under two keys."""
    keys = Counter(c["idempotency_key"] for c in called if c["tool"] == NOT_IDEMPOTENT)
    yield from (f"paid twice under the key {key}" for key, times in keys.items() if times > 1)
    under: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in called:
        if call["tool"] in EFFECTS:
            under[call["tool"], call["arguments"]].add(call["idempotency_key"])
    yield from (
        f"{tool} made twice, under {keys}" for (tool, _), keys in under.items() if len(keys) > 1
    )
    paid = Counter(payment["reference"] for payment in lines(folder / "payments.jsonl"))
    yield from (f"paid twice: {reference}" for reference, times in paid.items() if times > 1)
    mailed = Counter(letter["to"] + letter["subject"] for letter in files(folder / "outbox"))
    yield from (f"mailed twice: {letter}" for letter, times in mailed.items() if times > 1)
    given_back = {one["booking"] for one in files(folder / "cancellations")}
    standing = [one for one in files(folder / "bookings") if one.get("booking") not in given_back]
    booked = Counter(booking["shipment"] for booking in standing)
    yield from (f"booked twice: {shipment}" for shipment, times in booked.items() if times > 1)


def files(folder: Path) -> Iterator[dict[str, Any]]:
    """The JSON files of a folder."""
    for path in sorted(folder.glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def invocations_without_their_step(goal: Goal, called: list[dict[str, Any]]) -> Iterator[str]:
    """Something was called that no decided step stands for."""
    known = {str(key) for key in Step.objects.filter(goal=goal).values_list("pk", flat=True)}
    for call in called:
        if call["idempotency_key"] not in known:
            yield f"{call['tool']} was called and no step says so: {call['idempotency_key']}"


def steps_without_their_invocation(goal: Goal, called: list[dict[str, Any]]) -> Iterator[str]:
    """A step says its tool was done, and the tool was never called."""
    keys = {call["idempotency_key"] for call in called}
    reused = set(_reused(goal))
    done = Step.objects.filter(goal=goal, act="tool.call", state=StepState.DONE)
    for step in done:
        if str(step.pk) not in keys and step.pk not in reused:
            yield f"{step.target} is said to be done and was never called: {step.pk}"


def _reused(goal: Goal) -> Iterator[Any]:
    """Steps of later generations that took over the outcome of an equal step."""
    first: dict[tuple[Any, str], Step] = {}
    for step in Step.objects.filter(goal=goal, act="tool.call").order_by("generation", "ordinal"):
        earlier = first.setdefault((step.task_id, step.digest), step)
        if earlier.generation < step.generation and earlier.outcome == step.outcome:
            yield step.pk


def changes_without_their_entry(goal: Goal) -> Iterator[str]:
    """Rows whose revisions and entries do not agree one to one, or whose state was not recorded."""
    rows: Iterable[Any] = (
        goal,
        *Task.objects.filter(goal=goal),
        *Step.objects.filter(goal=goal),
        *Approval.objects.filter(goal=goal),
    )
    recorded: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(goal=goal.pk, revision__isnull=False).order_by(
        "revision", "id"
    ):
        recorded[entry.subject_kind, entry.subject_id].append(entry)
    for row in rows:
        entries = recorded[row._meta.model_name, str(row.pk)]
        if [entry.revision for entry in entries] != list(range(1, row.revision + 1)):
            yield f"{row!r} is at {row.revision}, its entries at {[e.revision for e in entries]}"
        elif (said := _last_state(entries)) != row.state:
            yield f"{row!r} is {row.state}, and its entries say {said}"


def _last_state(entries: list[Entry]) -> str:
    """The state that entries lead to."""
    state = ""
    for entry in entries:
        state = body(entry).get("data", {}).get("set", {}).get("state", state)
    return state


def journals_with_gaps(goal: Goal) -> Iterator[str]:
    """Generations whose ordinals are not 1, 2, 3, …"""
    found: dict[tuple[Any, int], list[int]] = defaultdict(list)
    for step in Step.objects.filter(goal=goal):
        found[step.task_id, step.generation].append(step.ordinal)
    for key, ordinals in found.items():
        if sorted(ordinals) != list(range(1, len(ordinals) + 1)):
            yield f"the journal of {key} has {sorted(ordinals)}"


def what_is_left_open(goal: Goal) -> Iterator[str]:
    """Anything that is neither finished nor waiting as `unknown` for a person."""
    parked = Task.objects.filter(goal=goal, state=TaskState.PARKED)
    for task in parked.exclude(park_reason="unknown"):
        yield f"{task.key} is parked as {task.park_reason}: {task.reason}"
    unknown = Step.objects.filter(goal=goal, state=StepState.UNKNOWN)
    for step in unknown.exclude(target=NOT_IDEMPOTENT):
        yield f"{step.target} is unknown although it may be repeated"
    if unknown.count() != parked.count():
        yield f"{unknown.count()} steps are unknown and {parked.count()} tasks are parked"
    if goal.state not in FINISHED_GOAL and not parked.exists():
        yield f"the goal is {goal.state} and nothing waits for a person"
    if goal.state == "failed":
        yield f"the goal failed: {goal.reason}"
    dispatched = Step.objects.filter(goal=goal, state=StepState.DISPATCHED)
    yield from (f"{step.target} was begun and its end is not known" for step in dispatched)
    running = Task.objects.filter(goal=goal, attempts__state=AttemptState.RUNNING)
    yield from (f"an attempt at {task.key} is said to be running" for task in running)
    yield from budgets_that_do_not_add_up(goal)


def budgets_that_do_not_add_up(goal: Goal) -> Iterator[str]:
    """Steps that were written and not charged, or charged and not written."""
    open_slices = Slice.objects.filter(budget__owner_id=str(goal.pk), closed=False).count()
    if open_slices:
        yield f"{open_slices} slices were never settled"
    charged = Step.objects.filter(goal=goal).aggregate(steps=Count("pk"))["steps"]
    for budget in Budget.objects.filter(owner_id=str(goal.pk), measure="steps"):
        if budget.leased or budget.spent < charged:
            yield f"{charged} steps, {budget.spent} charged, {budget.leased} leased"
