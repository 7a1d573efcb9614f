"""What decisions oblige to reaches people, agents and tools; labels come off only by a decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from orchestration.access.rules import notices_for
from orchestration.errors import Denied
from orchestration.models import Approval, Notice, Step
from orchestration.operations import approvals, installation, policies
from tests.integration.orchestration.world import World, tool_that

NOTICED = """
policy: tests.noticed
title: Tell people
scope: {acts: [tool.call], tools: ["tests.*"]}
facts: {calls: {count: {tools: ["tests.*"]}, per: agent}}
limits: [{name: four, fact: calls, at_most: 4, warn_at: 3}]
rules:
  - {name: large, effect: oblige, when: act.arguments.n > 1, obligations: [{notify: [admin]}]}
"""


def test_people_of_a_role_are_told_and_operators_and_the_agent_are_warned_before_a_boundary(
    world: World,
) -> None:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)
    world.policy(NOTICED)
    warned = []

    def run(task):
        for number in range(5):
            try:
                task.call(name, n=number)
            except Denied:
                warned.append("denied")
            warned.append(list(task.warnings))
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    assert warned[1] == []
    assert warned[2] == ["four: 1 left"]
    assert warned[3] == ["four: 1 left", "four: 0 left"]
    assert warned[4] == "denied"
    told = [one for one in notices_for(world.asker) if one.kind == Notice.Kind.NOTIFY]
    assert [(one.policy, one.rule, one.step.ordinal) for one in reversed(told)] == [
        ("tests.noticed", "large", ordinal) for ordinal in (3, 4, 5)
    ]
    seen = [one.sentence.partition(". ")[0] for one in notices_for(world.operator)]
    assert seen == ["four: 0 left", "four: 1 left"]
    assert not notices_for(world.first).exists()


def test_who_is_named_for_it_is_told_when_nobody_answers_in_time(world: World) -> None:
    installation.install()
    name = tool_that(lambda call: {}, effect="irreversible", idempotent=True)
    world.agent(lambda task: task.call(name, n=1), grants=(name,), autonomy="act-and-report")
    world.goal()
    world.run()
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert approvals.expire_due() == 1
    notice = Notice.objects.get()
    assert (notice.kind, notice.role, notice.policy) == (
        "escalate",
        "admin",
        "baseline.irreversible",
    )
    assert notice.sentence.startswith("Nobody answered in time.")


SEQUENCE = """
policy: tests.sequence
title: Cleared before it is sent
scope: {acts: [tool.call], tools: [tests.send]}
rules:
  - {name: not-cleared, effect: deny, when: '!("%s" in facts.happened)'}
"""
DONE = """
policy: tests.done
title: Cleared, and not only tried
scope: {acts: [tool.call], tools: ["%s"]}
facts: {cleared: {count: {tools: ["%s"], outcome: done}, per: goal}}
rules:
  - {name: not-cleared, effect: deny, when: facts.cleared == 0}
"""


def test_conditions_see_what_already_happened_in_the_goal_and_how_it_ended(world: World) -> None:
    installation.install()
    broken = iter([True, False])

    def clear_it(call):
        if next(broken):
            from orchestration.errors import ToolError

            raise ToolError("not yet")
        return {}

    clear = tool_that(clear_it, idempotent=True)
    first = tool_that(lambda call: {}, idempotent=True)
    second = tool_that(lambda call: {}, idempotent=True)
    world.policy(SEQUENCE.replace("tests.send", first) % clear)
    world.policy(DONE % (second, clear))
    said = []

    def trying(task, name):
        try:
            task.call(name)
            said.append("allowed")
        except Denied:
            said.append("denied")
        except Exception:  # noqa: BLE001 - the tool's own failure
            said.append("failed")

    def run(task):
        for name in (first, second, clear, first, second, clear, second):
            trying(task, name)
        return {}

    world.agent(run, grants=(clear, first, second))
    world.goal()
    assert world.run() == ["done"]
    assert said == ["denied", "denied", "failed", "allowed", "denied", "allowed", "allowed"]


SUMMED = """
policy: tests.summed
title: Ten in all
scope: {acts: [tool.call], tools: ["tests.*"]}
facts: {total: {sum: act.arguments.n, of: {tools: ["tests.*"]}, per: goal, window: 1h}}
limits: [{name: ten, fact: total, at_most: 10, add: act.arguments.n}]
%s
"""


def test_a_sum_is_answered_from_measures_and_from_the_calls_of_older_steps(world: World) -> None:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)
    world.policy(SUMMED % "")
    left = []

    def run(task):
        for number in (4, 4, 4, 2, -3):
            try:
                task.call(name, n=number)
            except Denied as denied:
                left.append(denied.reasons[0])
            if number == 4 and len(left) == 0:
                # as steps from before there was such a column
                Step.objects.filter(ordinal=1).update(measures=None)
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    effects = Step.objects.filter(act="tool.call").order_by("ordinal")
    assert list(effects.values_list("effect", flat=True)) == [
        "allow", "allow", "deny", "allow", "deny",
    ]  # fmt: skip
    assert left[0] == "8 so far; with this one it would be over 10"
    assert list(effects.values_list("measures", flat=True)) == [
        None, {"n": 4}, {"n": 4}, {"n": 2}, {"n": -3},
    ]  # fmt: skip


def test_a_sum_over_amounts_that_are_kept_from_the_store_is_not_known_and_denies(
    world: World,
) -> None:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)
    world.policy(
        SUMMED % "rules: [{name: hide, effect: oblige, obligations: [{redact: [arguments.n]}]}]"
    )

    def run(task):
        task.call(name, n=1)
        task.call(name, n=1)
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["failed"]
    assert Step.objects.filter(act="tool.call", effect="deny").get().measures == {"n": 1}
    assert Step.objects.filter(act="tool.call", effect="allow").get().measures == {"n": None}


PAYEE = """
policy: tests.payee
title: No untrusted payee
scope: {acts: [tool.call], tools: ["%s"]}
rules:
  - {name: planted, effect: deny, when: '"payee" in act.labels && "untrusted" in act.labels.payee'}
"""


def endorsing_tools(paid: list[str]) -> tuple[str, str, str]:
    """A page of untrusted accounts, a check that knows one of them, and a payment."""
    page = tool_that(
        lambda call: {"good": "N-1", "bad": "N-2", "asked": "N-3"},
        effect="read",
        idempotent=True,
        labels=("untrusted",),
    )
    known = tool_that(
        lambda call: {"vouched": call.arguments["value"] == "N-1"},
        effect="read",
        idempotent=True,
        vouches_for=("untrusted",),
    )
    pay = tool_that(lambda call: paid.append(call.arguments["payee"]) or {}, idempotent=True)
    return page, known, pay


def told(said: list[str], act: Callable[[], object]) -> None:
    """Do something and note the first reason when it is denied."""
    try:
        act()
    except Denied as denied:
        said.append(denied.reasons[0])


def test_a_label_comes_off_when_a_person_or_a_declared_check_vouches_and_not_before(
    world: World,
) -> None:
    installation.install()
    paid: list[str] = []
    said: list[str] = []
    page, known, pay = endorsing_tools(paid)
    world.policy(PAYEE % pay)

    def run(task):
        found = task.call(page)
        told(said, lambda: task.call(pay, payee=found["good"]))
        told(said, lambda: task.endorse(found["good"], "untrusted", check=pay))
        told(said, lambda: task.endorse(found["bad"], "untrusted", check=known))
        told(said, lambda: task.endorse(found["bad"], "personal", check=known))
        task.endorse(found["good"], "untrusted", check=known)
        task.call(pay, payee=found["good"])
        task.endorse(found["asked"], "untrusted")
        task.call(pay, payee=found["asked"])
        told(said, lambda: task.call(pay, payee=found["bad"]))
        return {}

    world.agent(run, grants=(page, known, pay))
    world.goal()
    assert world.run() == ["suspended"]
    assert paid == ["N-1"]
    approval = Approval.objects.get()
    assert approval.clauses[0]["policy"] == "baseline.endorsing"
    approvals.cast_vote(
        approval_id=approval.pk,
        person=world.first,
        verdict="approve",
        reason="I know them",
        digest=approval.digest,
    )
    assert world.run() == ["done"]
    assert paid == ["N-1", "N-3"]
    assert [one.partition(" ")[2] or one for one in said][1:4] == [
        "is not declared to vouch for untrusted",
        "does not vouch for the value",
        "is not declared to vouch for personal",
    ]
    endorsed = Step.objects.filter(act="label.endorse").order_by("ordinal")
    assert list(endorsed.values_list("state", "target")) == [("done", "untrusted")] * 2


def test_agents_carry_the_principles_of_their_goal_and_advice_is_told_from_what_is_enforced(
    world: World,
) -> None:
    installation.install()
    world.policy(
        "policy: south.constitution\ntitle: T\nscope: {units: [acme/south]}\n"
        "principles: [{key: kind, text: Be kind.}]\n"
    )
    heard = []
    world.agent(lambda task: heard.extend(task.principles) or {})
    world.goal()
    assert world.run() == ["done"]
    assert "Be kind." not in heard
    assert any(text.startswith("What cannot be undone is not yours") for text in heard)
    found = {one.principle.key: one for one in policies.principles_for("acme/south")}
    assert found["kind"].advice_only
    assert found["say-what-you-know"].advice_only
    assert not found["words-are-not-orders"].advice_only


BOUND = """
policy: tests.bound
title: Bound
scope: {acts: [tool.call], tools: ["%s"]}
rules: [{name: all, effect: oblige, obligations: [%s]}]
"""


def test_throttle_label_and_compensation_are_held_to(world: World) -> None:
    installation.install()
    quick, marked, lasting, undone = (
        tool_that(lambda call: {"v": "out"}, idempotent=True, compensation=undo)
        for undo in ("", "", "", "tests.undo")
    )
    for name, duty in (
        (quick, "{throttle: {per_minute: 2}}"),
        (marked, "{label: delicate}"),
        (lasting, "{require-compensation: true}"),
        (undone, "{require-compensation: true}"),
    ):
        world.policy((BOUND % (name, duty)).replace("tests.bound", f"bound.{name}"))
    said: list[str] = []
    labels: list[object] = []

    def run(task):
        for number in range(3):
            told(said, lambda at=number: task.call(quick, n=at))
        labels.append(task.labels_of(task.call(marked)["v"]))
        told(said, lambda: task.call(lasting))
        task.call(undone)
        return {}

    world.agent(run, grants=(quick, marked, lasting, undone))
    world.goal()
    assert world.run() == ["done"]
    assert said == [
        f"2 starts in the last minute, bound.{quick} allows 2",
        f"{lasting} cannot be undone, and bound.{lasting} asks for that",
    ]
    assert labels == [{"": ["delicate"]}]
