"""A runtime in memory for whole freight runs: one goal, one thread, the real handlers and the real
tools.

It keeps the parts of the contract that handlers see: results of needed tasks, blackboard with
versions, asks, checks of every call against the agent's grants and the tool's schemas, evaluation
in rounds, cancelling what watches a change.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from orchestration.blueprints.contract import AgentSpec
from orchestration.blueprints.freight import BLUEPRINT
from orchestration.errors import Conflict, Denied
from orchestration.runtime.handlers import handler_at
from orchestration.tools.contract import ToolCall, tool_named

Refuse = Callable[[str, dict[str, Any]], str]
"""(tool, arguments) to the reason why people decline the call, or an empty string."""


@cache
def validators(tool: str) -> tuple[Any, Any]:
    declared = tool_named(tool)
    return Draft202012Validator(declared.arguments), Draft202012Validator(declared.result)


@dataclass
class Board:
    value: Any
    version: int
    labels: tuple[str, ...] = ()


@dataclass
class Work:
    key: str
    capability: str
    input: dict[str, Any]
    needs: list[str]
    watches: list[str]
    state: str = "pending"
    result: Any = None
    superseded: bool = False


@dataclass
class Context:
    """What a handler is given."""

    run: Run
    agent: AgentSpec
    input: dict[str, Any]
    results: dict[str, Any]
    round: int = 1

    def read(self, key: str) -> Board:
        self.run.steps += 1
        found = self.run.board.get(key, Board(None, 0))
        return Board(json.loads(json.dumps(found.value)), found.version)

    def post(self, key: str, value: Any, expects: int | None = None) -> int:
        self.run.steps += 1
        self.run.before_post(key)
        found = self.run.board.get(key, Board(None, 0)).version
        if expects is not None and expects != found:
            raise Conflict(key, expects, found)
        self.run.board[key] = Board(json.loads(json.dumps(value)), found + 1)
        return found + 1

    def call(self, tool: str, **arguments: Any) -> Any:
        self.run.steps += 1
        assert tool in self.agent.grants, f"{self.agent.slug} has no grant for {tool}"
        return self.run.perform(tool, arguments, self.agent)

    def ask(self, capability: str, given: dict[str, Any]) -> Any:
        self.run.steps += 1
        return self.run.carry_out(capability, given, {})

    def add(self, specs: list[Any]) -> list[str]:
        self.run.steps += 1
        return [self.run.add(spec) for spec in specs]


@dataclass
class Run:
    """One goal under way."""

    folder: Path
    refuse: Refuse = lambda _tool, _arguments: ""
    fails: Callable[[str], bool] = lambda _key: False
    before_post: Callable[[str], None] = lambda _key: None
    board: dict[str, Board] = field(default_factory=dict)
    work: dict[str, Work] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    steps: int = 0
    strict: bool = False

    def start(self, brief: dict[str, Any]) -> None:
        self.brief = json.loads(json.dumps(brief))
        self.plans.append(self.carry_out("freight.planning", self.brief, {}))

    def advance(self, most: int = 10_000) -> int:
        """Carry out ready tasks in the order they were added; how many were."""
        for carried in range(most):
            work = next((one for one in self.work.values() if self._ready(one)), None)
            if work is None:
                return carried
            needed = {key: self.work[key].result for key in work.needs}
            if self.fails(work.key):
                work.state = "failed"
                self.give_up({work.key})
                continue
            work.result = self.carry_out(work.capability, work.input, needed)
            work.state = "done"
        return most

    def finish(self, rounds: int = 4) -> dict[str, Any]:
        """Carry on until the evaluator accepts or the rounds are over; its last verdict."""
        for _ in range(rounds):
            self.advance()
            dead = [
                one.key
                for one in self.work.values()
                if one.state == "failed" and not one.superseded
            ]
            if dead:
                self.replan({}, [f"{key} failed" for key in dead], failed=dead)
                continue
            given = {"results": self.done(), "constraints": {"service_share_percent": 70}}
            verdict = self.carry_out("freight.evaluation", given, {})
            self.verdicts.append(verdict)
            if verdict["accepted"]:
                return verdict
            self.replan({}, verdict["critique"])
        return self.verdicts[-1] if self.verdicts else {"accepted": False}

    def close(self, name: str) -> None:
        """Report a closure, cancel what watches it, and let the planner answer."""
        event = BLUEPRINT.event("close")
        values = {key: self.board.get(key, Board(None, 0)).value for key in event.reads}
        change = event.change(name, values)
        for key, value in change.values.items():
            self.board[key] = Board(value, self.board.get(key, Board(None, 0)).version + 1)
        self.replan(dict(change.values), [])

    def replan(
        self, changed: dict[str, Any], critique: list[str], failed: list[str] | None = None
    ) -> None:
        cancelled = [
            one
            for one in self.work.values()
            if one.state == "pending" and set(one.watches) & set(changed)
        ]
        gone = {one.key for one in cancelled}
        gone |= self.give_up(gone)
        about = {
            "changed": changed,
            "cancelled": [{"key": key} for key in gone],
            "done": self.done(),
            "critique": critique,
            **({"failed": [{"key": key, "reason": "broke"} for key in failed]} if failed else {}),
        }
        self.plans.append(self.carry_out("freight.planning", {**self.brief, "replan": about}, {}))

    def give_up(self, keys: set[str]) -> set[str]:
        """Cancel what is pending among the keys and all that needs them; the keys of all that."""
        gone = set(keys)
        for work in self.work.values():
            if work.state == "pending" and gone & set(work.needs):
                gone.add(work.key)
        for key in gone:
            if self.work[key].state == "pending":
                self.work[key].state = "cancelled"
        return gone

    def done(self) -> dict[str, Any]:
        return {
            one.key: one.result
            for one in self.work.values()
            if one.state == "done" and not one.superseded
        }

    def add(self, spec: Any) -> str:
        assert spec.key not in self.work, f"{spec.key} is there already"
        assert all(need in self.work for need in spec.needs), f"{spec.key} needs {spec.needs}"
        given = json.loads(json.dumps(spec.input))
        self.work[spec.key] = Work(
            spec.key, spec.capability, given, list(spec.needs), list(spec.watches)
        )
        for key in spec.replaces:
            self.work[key].superseded = True
        return spec.key

    def carry_out(self, capability: str, given: dict[str, Any], results: dict[str, Any]) -> Any:
        agent = next(one for one in BLUEPRINT.agents if capability in one.capabilities)
        handler = handler_at(agent.handler, agent.handler_version)
        self.steps += 1
        context = Context(self, agent, json.loads(json.dumps(given)), results)
        return json.loads(json.dumps(handler.run(context)))

    def perform(self, tool: str, arguments: dict[str, Any], agent: AgentSpec) -> Any:
        declared = tool_named(tool)
        arguments = json.loads(json.dumps(arguments))
        if self.strict:
            validators(tool)[0].validate(arguments)
        reason = self.refuse(tool, arguments)
        if reason:
            self.refused.append(arguments)
            raise Denied([reason])
        self.calls.append((tool, arguments))
        call = ToolCall(arguments, f"step-{len(self.calls)}", "goal-1", agent.slug, self.folder)
        result = json.loads(json.dumps(declared.perform(call)))
        if self.strict:
            validators(tool)[1].validate(result)
        return result

    def called(self, tool: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == tool]

    def _ready(self, work: Work) -> bool:
        return work.state == "pending" and all(self.work[key].state == "done" for key in work.needs)
