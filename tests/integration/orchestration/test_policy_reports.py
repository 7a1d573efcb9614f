"""What rules did live in shadow, what the bundle leaves out, and a past step in the playground."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from orchestration.attributes.covering import coverage_of
from orchestration.attributes.history import decision_of, request_of
from orchestration.attributes.shadowing import shadow_report
from orchestration.models import Step
from orchestration.models import World as Gate
from orchestration.operations import installation
from orchestration.operations.policies import bundle_at
from orchestration.policy.explaining import explain
from tests.integration.orchestration.world import World, tool_that

SHADOW = """
policy: tests.watching
title: More than three
mode: shadow
scope: {tools: ["tests.*"]}
rules:
  - {name: over, effect: deny, when: act.arguments.n > 3}
  - {name: always, effect: allow}
  - {name: broken, effect: deny, when: act.arguments.nothing > 3}
"""


def test_rules_in_shadow_change_nothing_and_are_reported_with_what_would_have_been(
    world: World,
) -> None:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)
    world.policy(
        SHADOW.replace("  - {name: broken, effect: deny, when: act.arguments.nothing > 3}\n", "")
    )

    def run(task):
        for number in range(6):
            task.call(name, n=number)
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    since = timezone.now() - timedelta(hours=1)
    by_rule = {one.rule: one for one in shadow_report(["acme"], since)}
    over = by_rule["over"]
    assert (over.matched, over.failed, over.changed) == (2, 0, 2)
    assert over.ways == (("allow", "deny"),)
    steps = Step.objects.filter(act="tool.call").order_by("-id")[:2]
    assert over.samples == tuple((str(step.pk), "deny") for step in steps)
    assert by_rule["always"].matched == 6
    assert shadow_report(["elsewhere"], since) == []
    assert shadow_report([""], timezone.now() + timedelta(hours=1)) == []


def test_coverage_names_tools_nothing_speaks_of_and_rules_that_never_count(world: World) -> None:
    installation.install()
    quiet = tool_that(lambda call: {}, idempotent=True)
    world.policy(SHADOW.replace("mode: shadow", "mode: enforce"))
    world.agent(lambda task: task.call(quiet, n=1), grants=(quiet,))
    world.goal()
    world.run()
    bundle = bundle_at(Gate.objects.get().bundle)
    found = coverage_of(bundle, ["acme"])
    assert found.unspoken == ()
    assert found.errored == {"tests.watching/broken": 1}
    assert found.always_overridden == ("baseline.writes/may-write", "tests.watching/always")
    assert "tests.watching/over" in found.never_matched
    assert found.decisions == Step.objects.count()
    only_reads = [one for one in bundle.policies if one.key == "baseline.reads"]
    from orchestration.policy.bundle import compile_bundle

    bare = coverage_of(compile_bundle(only_reads, 9), ["acme"])
    assert [(tool, effect) for tool, effect, _ in bare.unspoken] == [(quiet, "write")]


def test_a_past_step_is_explained_as_it_was_decided(world: World) -> None:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)
    world.agent(lambda task: task.call(name, n=1), grants=(name,))
    world.goal()
    world.run()
    step = Step.objects.get(act="tool.call")
    request, stored = request_of(step), decision_of(step)
    assert request is not None
    assert stored is not None
    found = explain(request, bundle_at(step.bundle))
    assert found.decision.as_json()["reasons"] == tuple(
        {**one} for one in found.decision.as_json()["reasons"]
    )
    assert found.decision.effect == stored["effect"] == "allow"
    assert [one.rule for one in found.rules if one.decided] == ["may-write"]
