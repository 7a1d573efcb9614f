"""What steps do in our own database: blackboard, messages, subtasks and the goal's graph.

Each function adds rows to the step's batch, or changes tables in the step's own transaction, and
returns the outcome that the journal keeps.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils import timezone

from audit import payloads
from audit.entries import Actor
from audit.identifiers import new_id
from orchestration.enforcement.personal import sealed
from orchestration.enforcement.recording import Outcome
from orchestration.enforcement.standing import Standing
from orchestration.errors import InvalidInput
from orchestration.models import Agent, Goal, Message, Task
from orchestration.models.base import within
from orchestration.models.board import newest_version
from orchestration.operations.attempts import read_payload
from orchestration.operations.changes import create
from orchestration.operations.planning import TaskSpec, add_tasks
from orchestration.operations.signals import wake_workers
from orchestration.operations.steps import Batch
from orchestration.planning.graph import LONGEST_KEY
from orchestration.policy.labels import Seen, joined, under
from orchestration.policy.personal import owned
from orchestration.vocabulary import TaskState

Labels = dict[str, list[str]]

MOST_MESSAGES = 200
"""Messages that one reading returns at most."""


@dataclass(frozen=True)
class Post:
    """A write to the blackboard; `expects` is the version it must follow, if any."""

    key: str
    value: Any
    labels: Labels
    expects: int | None


@dataclass(frozen=True)
class Letter:
    """A message from an agent (its slug) to an agent or to a capability (`capability:…`)."""

    sender: str
    recipient: str
    schema: str
    body: dict[str, Any]
    labels: Labels


def results_needed(task: Task, seen: Seen) -> dict[str, Any]:
    """Results of the tasks this one needs, by their keys; their labels are remembered."""
    found: dict[str, Any] = {}
    needs = task.needs.select_related("needs").order_by("needs__created_at", "needs__key")
    digests = [need.needs.result for need in needs]
    values = payloads.load_many([digest for digest in digests if digest])
    for need in needs:
        value = values.get(need.needs.result)
        found[need.needs.key] = value
        seen.add(value, need.needs.result_labels, f"result of {need.needs.key}")
    return found


def _current(standing: Standing, batch: Batch, key: str) -> tuple[int, str, Labels]:
    """Version, value digest and labels of a key; what this batch is about to post counts."""
    for row in reversed(batch.board):
        if row["key"] == key:
            return row["version"], row["value"], row["labels"]
    return newest_version(standing.goal.pk, key)


def read_board(standing: Standing, batch: Batch, key: str) -> Outcome:
    """Read a key of the goal's blackboard."""
    version, digest, labels = _current(standing, batch, key)
    value = batch.posted[digest] if digest in batch.posted else read_payload(digest)
    return Outcome("value", {"value": value, "version": version}, under(labels, "value"))


def post_board(standing: Standing, batch: Batch, step_id: str, post: Post) -> Outcome:
    """Write the next version of a key. The pair of key and version is unique, so one wins."""
    version, _, _ = _current(standing, batch, post.key)
    if post.expects is not None and post.expects != version:
        return Outcome("conflict", {"key": post.key, "expected": post.expects, "found": version})
    prepared = sealed(post.value, post.labels)
    batch.payloads.append(prepared.row)
    batch.posted[prepared.digest] = post.value
    batch.board.append(
        {
            "goal_id": standing.goal.pk,
            "key": post.key,
            "version": version + 1,
            "value": prepared.digest,
            "labels": post.labels,
            "step_id": step_id,
            "author": standing.agent.slug,
            "created_at": timezone.now(),
        }
    )
    return Outcome("value", {"version": version + 1, "value": prepared.digest})


def objection_to(standing: Standing, recipient: str) -> str:
    """Why nothing can be sent to this recipient, as a sentence; empty when it can."""
    if recipient.startswith("capability:"):
        return ""
    organisation = standing.goal.scope.split("/")[0]
    if Agent.objects.filter(within([organisation]), slug=recipient).exists():
        return ""
    return f"no agent of {organisation} is called {recipient!r}"


def send_message(standing: Standing, batch: Batch, step_id: str, letter: Letter) -> Outcome:
    """Put a message into the goal's traffic."""
    prepared = sealed(letter.body, letter.labels)
    batch.payloads.append(prepared.row)
    batch.messages.append(
        {
            "id": str(new_id()),
            "created_at": timezone.now(),
            "goal_id": standing.goal.pk,
            "sender_id": standing.agent.pk,
            "recipient": letter.recipient,
            "schema": letter.schema,
            "body": prepared.digest,
            "labels": letter.labels,
            "step_id": step_id,
        }
    )
    return Outcome("value", {"message": prepared.digest})


def read_messages(standing: Standing, schema: str) -> Outcome:
    """Messages to the attempt's agent or its task's capability, oldest first."""
    to = [standing.agent.slug, f"capability:{standing.task.capability}"]
    rows = Message.objects.filter(goal=standing.goal, recipient__in=to)
    if schema:
        rows = rows.filter(schema=schema)
    found = list(rows.select_related("sender").order_by("created_at", "pk")[:MOST_MESSAGES])
    bodies = payloads.load_many([row.body for row in found])
    letters = [
        Letter(row.sender.slug, row.recipient, row.schema, bodies[row.body], row.labels)
        for row in found
    ]
    labels = [under(one.labels, f"{number}.body") for number, one in enumerate(letters)]
    return Outcome("value", [asdict(one) for one in letters], joined(*labels))


def open_subtask(
    standing: Standing, capability: str, question: dict[str, Any], labels: Labels, number: int
) -> Outcome:
    """Open the task in which somebody answers a question; in the step's transaction."""
    parent = standing.task
    task = Task(
        goal=standing.goal,
        scope=standing.goal.scope,
        parent=parent,
        key=_key_of_answer(parent, number),
        title=f"Answer {standing.agent.name}: {capability}"[:200],
        purpose=Task.Purpose.ANSWER,
        capability=capability,
        priority=max(parent.priority - 1, 0),
        input=payloads.store(question, personal=owned(labels, question)),
        input_labels=labels,
        round=standing.goal.round,
        depth=parent.depth + 1,
        state=TaskState.READY,
        ready_at=timezone.now(),
    )
    create(task, "task.asked", agent_of(standing), payload=task.input)
    wake_workers()
    return Outcome("value", {"task": str(task.pk)})


def _key_of_answer(parent: Task, number: int) -> str:
    """A key for the task that answers a question: told from its asker's, unless that is taken."""
    key = f"{parent.key}/{parent.generation}.{number}"
    taken = Task.objects.filter(goal=parent.goal_id, key=key).exists()
    return f"{parent.key[:80]}/{new_id()}" if taken or len(key) > LONGEST_KEY else key


def add_to_graph(standing: Standing, specs: list[TaskSpec], given: list[Labels]) -> Outcome:
    """Add tasks to the goal's graph in the step's transaction; faults are an outcome as well.

    `given` are the labels of each task's input.
    """
    goal = Goal.objects.select_for_update(no_key=True).get(pk=standing.goal.pk)
    priced = [replace(spec, priority=_priority(spec, goal)) for spec in specs]
    labels = {spec.key: found for spec, found in zip(specs, given, strict=True)}
    try:
        made = add_tasks(
            goal=goal,
            parent=standing.task,
            specs=priced,
            actor=agent_of(standing),
            labels=labels,
        )
    except InvalidInput as error:
        return Outcome("value", {"problems": list(error.problems)})
    return Outcome("value", {"tasks": [str(key) for key in made]})


def _priority(spec: TaskSpec, goal: Goal) -> int:
    return goal.priority if spec.priority is None else spec.priority


def agent_of(standing: Standing) -> Actor:
    """How the ledger names the attempt's agent."""
    return Actor("agent", str(standing.agent.pk), standing.agent.slug)
