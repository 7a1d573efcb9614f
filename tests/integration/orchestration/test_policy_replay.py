"""A draft is tried on what really happened, and just the decisions that would differ are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.utils import timezone

from audit.models import Entry
from orchestration.attributes.history import Window, extent, past_of_step, pasts
from orchestration.errors import Denied, InvalidInput, NotAllowed
from orchestration.jobs.replaying import replay_history
from orchestration.models import Approval, PolicyReplay, Step
from orchestration.operations import approvals, installation, policy_drafts, policy_replays
from orchestration.operations.policy_drafts import DraftEdit
from orchestration.operations.policy_texts import compile_prospect
from orchestration.policy.engine import decide
from orchestration.vocabulary import ReplayState, Role
from tests.integration.orchestration.world import World, tool_that

LIMIT = """
policy: tests.limit
title: At most five
scope: {tools: ["tests.*"], units: [acme/**]}
rules: [{name: over, effect: deny, when: act.arguments.n > 5}]
"""
COUNTED = """
policy: tests.counted
title: Four by one agent
scope: {tools: ["tests.*"], units: [acme/**]}
facts: {calls: {count: {tools: ["tests.*"]}, per: agent}}
limits: [{name: four, fact: calls, at_most: 4}]
"""
SUMMED = """
policy: tests.summed
title: Ten in all
scope: {tools: ["tests.*"], units: [acme/**]}
facts: {sum_of_n: {sum: act.arguments.n, of: {tools: ["tests.*"]}, per: goal}}
limits: [{name: ten, fact: sum_of_n, at_most: 10, add: act.arguments.n}]
"""
ASKING = """
policy: tests.asking
title: Ask for more than seven
scope: {tools: ["tests.*"], units: [acme/**]}
rules:
  - {name: ask, effect: hold, when: act.arguments.n > 7, approval: {from: [approver], quorum: 2}}
"""


@pytest.fixture
def lived(world: World) -> World:
    """A world in which an agent made ten calls, n from 0 to 9."""
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)

    def run(task):
        for number in range(10):
            try:
                task.call(name, n=number)
            except Denied:
                continue
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    return world


def draft_of(world: World, *texts: str, scope: str = "acme"):
    edit = DraftEdit(texts=texts, title="Try it")
    return policy_drafts.open_draft(scope=scope, person=world.asker, edit=edit)


def replayed(world: World, *texts: str, scope: str = "acme") -> PolicyReplay:
    draft = draft_of(world, *texts, scope=scope)
    row = policy_replays.request_replay(person=world.asker, draft=draft, last=1000)
    replay_history(str(row.pk))
    row.refresh_from_db()
    assert row.state == ReplayState.DONE
    return row


def test_what_flips_is_just_what_deciding_each_anew_says(lived: World) -> None:
    draft = draft_of(lived, LIMIT)
    row = policy_replays.request_replay(person=lived.asker, draft=draft, last=1000)
    replay_history(str(row.pk))
    row.refresh_from_db()
    found = policy_replays.result(row).tally
    bundle = compile_prospect(draft)
    anew = {}
    for step in Step.objects.all():
        past = past_of_step(step)
        assert past is not None
        assert past.request is not None
        now = decide(past.request, bundle).effect
        if now != past.effect:
            anew[str(step.pk)] = (past.effect, now)
    assert found.flipped() == len(anew) == 4
    assert found.total == Step.objects.count() == row.total == row.done
    assert found.grouped("was", "now", "rule") == [(("allow", "deny", "tests.limit/over"), 4)]
    assert {one for kept in found.samples.values() for one in kept} == set(anew)


def test_facts_that_nobody_measured_then_are_counted_as_they_were(lived: World) -> None:
    found = policy_replays.result(replayed(lived, COUNTED, SUMMED)).tally
    counted = dict(found.grouped("rule"))
    assert counted[("tests.counted/four",)] == 6
    assert not found.undecidable
    # 0 to 4 make ten; 5 and all after it are over, also where the other limit speaks first
    only = policy_replays.result(replayed(lived, SUMMED)).tally
    assert dict(only.grouped("rule")) == {("tests.summed/ten",): 5}


def test_nothing_flips_under_the_rules_in_force(lived: World) -> None:
    row = policy_replays.request_replay(person=lived.asker, draft=None, last=1000)
    replay_history(str(row.pk))
    row.refresh_from_db()
    result = policy_replays.result(row)
    assert (result.tally.flipped(), result.tally.total) == (0, Step.objects.count())
    assert "baseline.writes/may-write" in result.tally.rules.decided
    assert "baseline.money/not-enough" in result.never_matched


def test_only_the_newest_are_looked_at_and_the_order_is_theirs(lived: World) -> None:
    whole = extent(["acme"], 4, span=3)
    assert [one.count for one in whole.spans] == [3, 1]
    newest = list(Step.objects.order_by("-id").values_list("id", flat=True)[:4])
    walked = [one.reference for span in whole.spans for one in pasts(["acme"], span)]
    assert walked == [str(key) for key in reversed(newest)]
    assert extent(["elsewhere"], 4).total == 0


def test_a_window_of_time_is_replayed_from_its_begin_and_up_to_its_end(lived: World) -> None:
    ids = list(Step.objects.order_by("id").values_list("id", flat=True))
    third, seventh = (_asked_at(ids[at]) for at in (3, 7))
    inside = [one for one in ids if third <= _asked_at(one) < seventh]
    assert ids[3] in inside
    assert ids[7] not in inside
    row = policy_replays.request_replay(
        person=lived.asker,
        draft=draft_of(lived, LIMIT),
        last=1000,
        window=Window(third, seventh),
    )
    replay_history(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.since, row.until) == (ReplayState.DONE, third, seventh)
    assert row.total == policy_replays.result(row).tally.total == len(inside)
    newest = extent(["acme"], 2, window=Window(None, seventh))
    assert [one.last for one in newest.spans] == [inside[-1]]
    assert newest.total == 2
    later = extent(["acme"], 1000, window=Window(seventh)).total
    assert later == len([one for one in ids if _asked_at(one) >= seventh]) > 0


def test_a_window_in_which_no_step_can_lie_is_refused(lived: World) -> None:
    now = timezone.now()
    for window in (Window(now, now), Window(now + timedelta(hours=1))):
        with pytest.raises(InvalidInput, match="window"):
            policy_replays.request_replay(person=lived.asker, draft=None, last=10, window=window)
    assert not PolicyReplay.objects.exists()


def _asked_at(key: UUID) -> datetime:
    """The moment in an identifier, which is when the step was asked for."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


def test_people_who_answer_are_forecast_from_how_long_like_answers_took(lived: World) -> None:
    result = policy_replays.result(replayed(lived, ASKING))
    assert (result.tally.held_then, result.tally.held_now) == (0, 2)
    assert result.now is not None
    assert result.now.approvals > 0
    # nobody ever answered here, so no hours are made up
    assert (result.now.hours, result.now.measured) == (None, 0)


def test_a_step_that_people_approved_counts_as_held_and_draws_hours_from_its_answers(
    world: World,
) -> None:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)
    world.policy(ASKING)

    def run(task):
        task.call(name, n=8)
        task.call(name, n=9)
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    for _ in range(2):
        world.run()
        approval = Approval.objects.get(state="open")
        for person in (world.first, world.second):
            approvals.cast_vote(
                approval_id=approval.pk,
                person=person,
                verdict="approve",
                reason="",
                digest=approval.digest,
            )
    world.run()
    relaxed = ASKING.replace("n > 7", "n > 8")
    result = policy_replays.result(replayed(world, relaxed, scope=""))
    assert (result.tally.held_then, result.tally.held_now) == (2, 1)
    assert result.tally.grouped("was", "now") == [(("hold", "allow"), 1)]
    assert result.then is not None
    assert result.now is not None
    assert result.then.measured == 4
    assert result.then.hours == pytest.approx(2 * (result.now.hours or 0))
    assert (result.then.low or 0) <= (result.then.hours or 0) <= (result.then.high or 0)


def test_a_replay_goes_on_after_a_worker_died_and_can_be_cancelled(
    lived: World, monkeypatch
) -> None:
    monkeypatch.setattr("orchestration.attributes.history.SPAN", 4)
    parts = partial(extent, span=4)
    monkeypatch.setattr(policy_replays, "extent", parts)
    draft = draft_of(lived, LIMIT)
    row = policy_replays.request_replay(person=lived.asker, draft=draft, last=1000)
    taken = policy_replays.begin_replay(key=row.pk)
    assert taken is not None
    assert policy_replays.advance_replay(replay=taken)
    assert policy_replays.begin_replay(key=row.pk) is None
    PolicyReplay.objects.filter(pk=row.pk).update(taken_until=taken.created_at)
    replay_history(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.done) == (ReplayState.DONE, row.total)
    assert policy_replays.result(row).tally.flipped() == 4

    other = policy_replays.request_replay(person=lived.asker, draft=draft, last=1000)
    begun = policy_replays.begin_replay(key=other.pk)
    assert begun is not None
    policy_replays.advance_replay(replay=begun)
    fresh = PolicyReplay.objects.get(pk=other.pk)
    policy_replays.cancel_replay(replay=fresh, person=lived.asker)
    with pytest.raises(Exception, match="cancelled"):
        policy_replays.advance_replay(replay=begun)
    assert policy_replays.result(fresh).tally.total == 4
    kinds = Entry.objects.filter(subject_id=str(other.pk)).order_by("id")
    assert [entry.kind for entry in kinds] == [
        "policy_replay.requested",
        "policy_replay.started",
        "policy_replay.cancelled",
    ]


def test_only_those_who_may_review_replay_and_only_their_own_units(lived: World) -> None:
    with pytest.raises(NotAllowed):
        policy_replays.request_replay(person=lived.operator, draft=None, last=10)
    south = lived.open_unit("acme/south")
    sam = lived.person("sam", Role.ADMIN, south)
    row = policy_replays.request_replay(person=sam, draft=None, last=10)
    assert (row.scope, row.scopes) == ("acme/south", ["acme/south"])
    replay_history(str(row.pk))
    row.refresh_from_db()
    assert row.total == 0
