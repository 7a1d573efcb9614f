"""What decisions oblige to is done or the step is refused; limits hold under races."""

from __future__ import annotations

from audit import payloads
from audit.models import Entry
from orchestration.errors import Denied
from orchestration.models import Step
from orchestration.operations import attempts
from orchestration.operations.dispatch import dispatch
from orchestration.runtime.attempts import run_attempt
from tests.integration.orchestration.world import LEASE, World, tool_that

LIMIT = """
policy: tests.limit
title: Three an hour
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
facts:
  calls_lately: {count: {tools: ["tests.*"]}, per: agent, window: 1h}
limits:
  - {name: three-an-hour, fact: calls_lately, at_most: 3}
rules: []
"""


def denied_calls(world: World, name: str, count: int, told: list[str]):
    def run(task):
        done = 0
        for number in range(count):
            try:
                task.call(name, n=number)
                done += 1
            except Denied as denied:
                told.extend(denied.reasons)
        return {"done": done}

    return run


def test_a_limit_lets_so_many_through_and_no_more(world: World) -> None:
    calls, told = [], []
    name = tool_that(lambda call: calls.append(1) or {}, idempotent=True)
    world.policy(LIMIT)
    world.agent(denied_calls(world, name, 5, told), grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert len(calls) == 3
    assert len(told) == 2


def test_of_two_steps_that_both_saw_room_for_one_more_one_is_decided_again(world: World) -> None:
    """Between a decision and its statement another attempt takes the last place."""
    calls, told = [], []
    name = tool_that(lambda call: calls.append(call.arguments) or {}, idempotent=True)
    world.policy(LIMIT)
    rivals = iter([True])

    def run(task):
        try:
            for number in range(2):
                task.call(name, n=number, of=task.key)
        except Denied as denied:
            told.extend(denied.reasons)
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    world.goal()
    dispatch()
    first, second = attempts.claim_tasks(worker="test", limit=2, lease=LEASE)

    from orchestration.runtime import stepping

    asked = stepping.ask

    def ask_then_lose(standing, call, approvals, now):
        verdict = asked(standing, call, approvals, now)
        if call.act == "tool.call" and call.arguments["n"] == 1 and next(rivals, False):
            assert run_attempt(second.pk, world.folder, world.keeper) == "done"
        return verdict

    stepping.ask = ask_then_lose
    try:
        assert run_attempt(first.pk, world.folder, world.keeper) == "again"
    finally:
        stepping.ask = asked
    world.run()
    assert len(calls) == 3
    assert told


def test_what_is_redacted_reaches_the_tool_and_not_the_store(world: World) -> None:
    got = []
    name = tool_that(lambda call: got.append(call.arguments["iban"]) or {}, idempotent=True)
    world.policy(
        """
policy: tests.redact
title: Hide accounts
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - {name: all, effect: oblige}
obligations: [{redact: [arguments.iban]}, {flag: money}]
"""
    )
    world.agent(lambda task: task.call(name, iban="DE00SECRET"), grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert got == ["DE00SECRET"]
    step = Step.objects.get(act="tool.call")
    assert step.flagged
    assert payloads.load(step.arguments) == {"iban": "[hidden]"}
    assert not Entry.objects.filter(body__contains="DE00SECRET").exists()


UNTRUSTED = """
policy: tests.untrusted
title: No untrusted payees
scope: {acts: [tool.call], tools: ["tests.*"]}
mode: enforce
rules:
  - name: payee
    when: '"payee" in act.labels && "untrusted" in act.labels["payee"]'
    effect: deny
    reason: "the payee came from {act.origin.payee}"
"""


def test_untrusted_data_is_stopped_on_every_way_to_a_payment(world: World) -> None:
    """Directly, over the blackboard, and through a subtask; the same from the order passes."""
    paid, told = [], []
    page = tool_that(
        lambda call: {"account": "X-1"}, effect="read", idempotent=True, labels=("untrusted",)
    )
    pay = tool_that(lambda call: paid.append(call.arguments) or {}, idempotent=True)
    world.policy(UNTRUSTED)

    def attempt(task, payee):
        try:
            task.call(pay, payee=payee)
        except Denied as denied:
            told.append(denied.reasons)

    def helper(task):
        attempt(task, task.input["account"])
        return {}

    def reader(task):
        attempt(task, task.read("account").value)
        return {}

    def run(task):
        attempt(task, "FROM-THE-ORDER")
        found = task.call(page)
        attempt(task, found["account"])
        task.post("account", found["account"])
        task.ask("helping", {"account": found["account"]})
        task.ask("reading", {})
        return {}

    world.agent(helper, capability="helping", grants=(pay,))
    world.agent(reader, capability="reading", grants=(pay,))
    world.agent(run, grants=(page, pay))
    world.goal()
    world.run()
    assert [call["payee"] for call in paid] == ["FROM-THE-ORDER"]
    assert {reasons[0].partition(",")[0] for reasons in told} == {
        f"the payee came from {page}",
        "the payee came from the task's input",
        "the payee came from blackboard account v1",
    }


def test_bad_input_is_refused_whole_and_said_clearly(world: World) -> None:
    told = []
    name = tool_that(
        lambda call: {},
        idempotent=True,
        arguments={"type": "object", "properties": {"n": {"type": "integer"}}},
    )

    def tell(task, tool, **arguments):
        try:
            task.call(tool, **arguments)
        except Denied as denied:
            told.append(denied.reasons[0])

    def run(task):
        tell(task, "no.such.tool")
        tell(task, name, n="many")
        tell(task, name, text="x" * 10_000_000)
        tell(task, name, odd=object())
        task.call(name, name="Ünïcødé 名前 \U0001f6a2")
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert "no tool is called 'no.such.tool'" in told[0]
    assert "n: it must satisfy type 'integer'" in told[1]
    assert "at most" in told[2]
    assert "not JSON" in told[3]
    steps = Step.objects.filter(act="tool.call")
    assert list(steps.order_by("ordinal").values_list("state", flat=True)) == [
        *["denied"] * 4,
        "done",
    ]
