"""The context handed to agent code: every effect goes through it, so every effect is a step."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.identifiers import new_id
from orchestration.enforcement.calls import Call
from orchestration.enforcement.recording import Outcome
from orchestration.errors import AskFailed, Denied, InvalidInput, Suspended
from orchestration.models import Task
from orchestration.operations.attempts import read_payload
from orchestration.operations.planning import TaskSpec
from orchestration.operations.steps import Batch
from orchestration.operations.waiting import suspend_for_reply
from orchestration.policy.labels import Seen, below, under
from orchestration.policy.personal import PERSONAL, STANDS_FOR, only_personal
from orchestration.policy.principles import carried
from orchestration.runtime import effects
from orchestration.runtime.effects import Letter
from orchestration.runtime.performing import tool_call
from orchestration.runtime.stepping import Inside, Outside, Stepper
from orchestration.tools.contract import tool_named
from orchestration.vocabulary import Act, TaskState


@dataclass(frozen=True)
class Board:
    """A key of the blackboard as it was read; version 0 and value None when it is not there."""

    value: Any
    version: int
    labels: dict[str, list[str]]


@dataclass(frozen=True)
class Ask:
    """A question for `gather`: who can answer is found by capability."""

    capability: str
    input: dict[str, Any]


class TaskContext:
    """What agent code sees of its task and of the world.

    Everything that could differ on a second run (time, chance, identifiers, answers) is recorded in
    the journal, so a handler that runs again takes the same way.
    """

    def __init__(self, stepper: Stepper) -> None:
        standing = stepper.standing
        self._stepper = stepper
        self._seen = Seen()
        self.goal_id: str = str(standing.goal.pk)
        self.objective: str = standing.goal.objective
        self.constraints: dict[str, Any] = standing.goal.constraints
        self.criteria: list[str] = standing.goal.criteria
        self.title: str = standing.task.title
        self.key: str = standing.task.key
        self.capability: str = standing.task.capability
        self.round: int = standing.task.round
        self.input: dict[str, Any] = read_payload(standing.task.input) or {}
        self._seen.add(self.input, standing.task.input_labels, "the task's input")
        self.results: dict[str, Any] = effects.results_needed(standing.task, self._seen)
        replanned = self.input.get("replan") or {}
        self.critique: list[str] = list(replanned.get("critique", []))

    # reading and writing the blackboard

    def read(self, key: str) -> Board:
        """The newest version of a key of the blackboard, this attempt's own posts included."""
        stepper = self._stepper

        def build(batch: Batch, _step_id: str) -> Outcome:
            return effects.read_board(stepper.standing, batch, key)

        outcome = stepper.take(Call(Act.BOARD_READ, key, {}, effect="read"), Inside(build))
        board = outcome.value
        labels = below(outcome.labels, "value")
        self._seen.add(board["value"], labels, f"blackboard {key} v{board['version']}")
        return Board(board["value"], board["version"], labels)

    def post(self, key: str, value: Any, expects: int | None = None) -> int:
        """Write a key and return its new version.

        Raises Conflict when `expects` is given and the key is at another version.
        """
        labels, origin = self._seen.trace(value)
        call = Call(
            Act.BOARD_POST,
            key,
            {"value": value, "expects": expects},
            labels=under(labels, "value"),
            origin={f"value.{path}".rstrip("."): found for path, found in origin.items()},
        )
        stepper = self._stepper

        def build(batch: Batch, step_id: str) -> Outcome:
            post = effects.Post(key, value, labels, expects)
            return effects.post_board(stepper.standing, batch, step_id, post)

        outcome = stepper.take(call, Inside(build, at_once=expects is not None))
        return int(outcome.value["version"])

    # tools, messages, other agents

    def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool and return its result.

        Raises Denied with the reasons, or ToolError when the tool answers with a failure.
        """
        labels, origin = self._seen.trace(arguments)
        call = tool_call(tool, arguments, labels, origin)
        self._seen.know(arguments, only_personal(call.labels), f"arguments of {tool}")
        outcome = self._stepper.take(call, Outside())
        self._seen.add(outcome.value, outcome.labels, f"{tool}, step {self._stepper.ordinal}")
        return outcome.value

    def send(self, to: str, schema: str, body: dict[str, Any]) -> None:
        """Send a message to an agent (its slug) or to whoever can (`capability:…`).

        Raises Denied when no agent of the organisation goes by that name.
        """
        labels, origin = self._seen.trace(body)
        call = Call(
            Act.MESSAGE_SEND,
            to,
            {"schema": schema, "body": body},
            labels=under(labels, "body"),
            origin={f"body.{path}".rstrip("."): found for path, found in origin.items()},
            objection=effects.objection_to(self._stepper.standing, to),
        )
        stepper = self._stepper

        def build(batch: Batch, step_id: str) -> Outcome:
            letter = Letter(stepper.standing.agent.slug, to, schema, body, labels)
            return effects.send_message(stepper.standing, batch, step_id, letter)

        stepper.take(call, Inside(build))

    def messages(self, schema: str = "") -> list[Letter]:
        """Messages to this agent, or to its capability, in the goal so far; oldest first."""
        stepper = self._stepper

        def build(_batch: Batch, _step_id: str) -> Outcome:
            return effects.read_messages(stepper.standing, schema)

        call = Call(Act.MESSAGE_READ, schema or "all", {}, effect="read")
        # what this attempt has sent and not committed yet is part of the traffic
        stepper.flush()
        outcome = stepper.take(call, Inside(build))
        letters = [
            Letter(**{**letter, "labels": below(outcome.labels, f"{number}.body")})
            for number, letter in enumerate(outcome.value)
        ]
        for letter in letters:
            self._seen.add(letter.body, letter.labels, f"message of {letter.sender}")
        return letters

    def ask(self, capability: str, input: dict[str, Any]) -> Any:  # noqa: A002 - the field's word
        """Ask whoever has the capability, and wait for the answer without holding a worker.

        Raises AskFailed with the reason when the other could not answer.
        """
        return self._answer(capability, self._open_question(capability, input))

    def gather(self, *asks: Ask) -> list[Any]:
        """Ask several at once; answers come in the order of the questions."""
        opened = [(one.capability, self._open_question(one.capability, one.input)) for one in asks]
        return [self._answer(capability, subtask) for capability, subtask in opened]

    def endorse(self, value: Any, label: str, *, check: str = "") -> None:
        """Have a label taken off a value, which is a step that policies decide like any other.

        With `check` a tool that is declared to vouch for this label looks at the value first: it is
        called with `value` and answers `{"vouched": true}`. Without one a person is asked, unless
        policies say otherwise. Raises Denied, with the reasons, when nobody vouches for it.
        """
        by = self._vouched_by(check, value, label) if check else ""
        labels, origin = self._seen.trace(value)
        call = Call(
            Act.LABEL_ENDORSE,
            label,
            {"value": value, "by": by},
            labels=under(labels, "value"),
            origin={f"value.{path}".rstrip("."): found for path, found in origin.items()},
        )
        done = Outcome("value", {"endorsed": label})
        self._stepper.take(call, Inside(lambda _batch, _step: done, at_once=True))
        self._seen.endorse(value, label)

    def _vouched_by(self, check: str, value: Any, label: str) -> str:
        spec = tool_named(check)
        if spec is None or label not in spec.vouches_for:
            raise Denied([f"{check} is not declared to vouch for {label}"])
        if self.call(check, value=value) != {"vouched": True}:
            raise Denied([f"{check} does not vouch for the value"])
        return check

    def _open_question(self, capability: str, question: dict[str, Any]) -> UUID:
        labels, origin = self._seen.trace(question)
        call = Call(Act.TASK_ASK, capability, question, labels=labels, origin=origin)
        stepper = self._stepper

        def build(_batch: Batch, _step_id: str) -> Outcome:
            number = stepper.ordinal
            return effects.open_subtask(stepper.standing, capability, question, labels, number)

        outcome = stepper.take(call, Inside(build, at_once=True, in_transaction=True))
        return UUID(outcome.value["task"])

    def _answer(self, capability: str, subtask_id: UUID) -> Any:
        subtask = Task.objects.get(pk=subtask_id)
        if subtask.state not in {TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED}:
            self._stepper.flush()
            if suspend_for_reply(attempt=self._stepper.standing.attempt, subtask=subtask_id):
                raise Suspended
            subtask.refresh_from_db()
        if subtask.state != TaskState.DONE:
            raise AskFailed(f"{capability}: {subtask.reason or subtask.state}")
        value = read_payload(subtask.result)
        self._seen.add(value, subtask.result_labels, f"answer of {capability}")
        return value

    def add(self, specs: list[TaskSpec]) -> list[str]:
        """Add tasks to the goal's graph; returns their ids.

        Raises InvalidInput, naming each fault, before anything is written.
        """
        specs = [replace(spec, title=self.veil(spec.title)) for spec in specs]
        asked = {"tasks": [spec.__dict__ for spec in specs]}
        labels, origin = self._seen.trace(asked)
        call = Call(Act.TASK_ADD, self.key, asked, labels=labels, origin=origin)
        given = [below(labels, f"tasks.{number}.input") for number in range(len(specs))]
        stepper = self._stepper

        def build(_batch: Batch, _step_id: str) -> Outcome:
            return effects.add_to_graph(stepper.standing, specs, given)

        outcome = stepper.take(call, Inside(build, at_once=True, in_transaction=True))
        if "problems" in outcome.value:
            raise InvalidInput(*outcome.value["problems"])
        return list(outcome.value["tasks"])

    def continue_as(self, state: dict[str, Any]) -> dict[str, Any]:
        """Go on as a new task with this state as input; return what this gives from the handler.

        Long-lived agents work in ticks: one tick is one task, at most 500 steps long.
        """
        base, _, tick = self.key.partition("~")
        key = f"{base}~{int(tick or 1) + 1}"
        spec = TaskSpec(
            key=key,
            capability=self.capability,
            title=self.title,
            input=state,
            replaces=[self.key],
            continues=True,
        )
        return {"continued_as": self.add([spec])[0]}

    # what would differ on a second run

    def now(self) -> datetime:
        """The time, as it was when this was first asked."""
        return datetime.fromisoformat(self._value("now", timezone.now().isoformat()))

    def random(self) -> float:
        """A number from 0 to 1, the same on a second run."""
        return float(self._value("random", random.random()))  # noqa: S311 - no secret

    def new_id(self) -> str:
        """A new identifier, the same on a second run."""
        return str(self._value("new_id", str(new_id())))

    def _value(self, name: str, fresh: Any) -> Any:
        outcome = self._stepper.take(
            Call(Act.JOURNAL_VALUE, name, {}), Inside(lambda _batch, _step: Outcome("value", fresh))
        )
        return outcome.value

    @property
    def warnings(self) -> list[str]:
        """What policies warned of so far, such as a limit that is close."""
        return list(self._stepper.warnings)

    @property
    def principles(self) -> list[str]:
        """The texts this agent is to keep to; policies enforce some of them on its acts."""
        standing = self._stepper.standing
        return [one.principle.text for one in carried(standing.bundle, standing.goal.scope)]

    def veil(self, text: str) -> str:
        """A text in which no personal value stands that this attempt was given or has used."""
        return self._seen.veil(text, PERSONAL, STANDS_FOR)

    def labels_of(self, value: Any) -> dict[str, list[str]]:
        """Labels that a value carries from where it came, by leaf."""
        return self._seen.trace(value)[0]
