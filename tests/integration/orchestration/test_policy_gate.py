"""No step is decided on rules that were replaced: not by races, not without Redis, not unread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

import psycopg
import pytest
from django.db import connection

from orchestration.errors import Denied
from orchestration.models import Bundle, PolicyDraft, Step
from orchestration.models import World as Gate
from orchestration.operations import installation, policies, policy_drafts, policy_texts
from orchestration.operations.policy_drafts import DraftEdit
from orchestration.vocabulary import Role
from tests.integration.orchestration.world import World, tool_that
from tests.machinery.databases import Database
from tests.machinery.programs import ROOT

NOWHERE = "redis://127.0.0.1:1/0"


def text(key: str, when: str = "act.arguments.n > 1") -> str:
    return (
        f"policy: {key}\ntitle: Of {key}\nscope: {{tools: ['tests.*'], units: [acme/**]}}\n"
        f"rules: [{{name: r, effect: deny, when: {when}}}]\n"
    )


@pytest.fixture
def admins(world: World) -> tuple[World, Any, Any]:
    installation.install()
    return world, world.asker, world.person("abe", Role.ADMIN)


def reviewed(author: Any, other: Any, *texts: str) -> PolicyDraft:
    edit = DraftEdit(texts=texts, title="New rules")
    draft = policy_drafts.open_draft(scope="acme", person=author, edit=edit)
    return policy_drafts.review_draft(draft=draft, person=other)


def publishing(draft: PolicyDraft, person: str, database: Database) -> subprocess.Popen[str]:
    """Another process publishes, without Redis."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "policy", "publish", str(draft.pk), "--person", person],
        cwd=ROOT,
        env={**os.environ, **database.environment(), "REDIS_URL": NOWHERE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_of_two_admins_who_publish_at_once_neither_undoes_the_other(
    admins: Any, committed_database: Database
) -> None:
    """Two processes, two drafts of different policies: both are in the last bundle."""
    _, ada, abe = admins
    drafts = [reviewed(ada, abe, text("tests.one")), reviewed(abe, ada, text("tests.two"))]
    running = [
        publishing(draft, person, committed_database)
        for draft, person in zip(drafts, ("abe", "ada"), strict=True)
    ]
    said = [one.communicate(timeout=60)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0], said
    assert list(Bundle.objects.order_by("number").values_list("number", "state")) == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "active"),
    ]
    in_force = policy_texts.sources_of(policy_texts.active_bundle())
    assert {"tests.one", "tests.two"} <= in_force.keys()
    assert Gate.objects.get().bundle == 3


def test_of_two_admins_who_publish_the_same_policy_at_once_one_is_told_to_look_again(
    admins: Any, committed_database: Database
) -> None:
    _, ada, abe = admins
    drafts = [
        reviewed(ada, abe, text("tests.one", "act.arguments.n > 1")),
        reviewed(abe, ada, text("tests.one", "act.arguments.n > 2")),
    ]
    running = [
        publishing(draft, person, committed_database)
        for draft, person in zip(drafts, ("abe", "ada"), strict=True)
    ]
    said = [one.communicate(timeout=60)[0] for one in running]
    assert sorted(one.returncode for one in running) == [0, 1], said
    assert sum("look at it again" in one for one in said) == 1
    assert Bundle.objects.count() == 2


def test_a_worker_that_missed_the_notice_decides_by_the_new_rules_without_redis(
    admins: Any, committed_database: Database
) -> None:
    """Between two steps of a running attempt another process publishes, and nobody tells it."""
    world, ada, abe = admins
    draft = reviewed(ada, abe, text("tests.one"))
    name = tool_that(lambda call: {}, idempotent=True)

    def run(task):
        task.call(name, n=5)
        done = publishing(draft, "abe", committed_database)
        done.communicate(timeout=60)
        assert done.returncode == 0
        try:
            task.call(name, n=6)
        except Denied as denied:
            return {"told": denied.reasons}
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    steps = Step.objects.filter(act="tool.call").order_by("ordinal")
    assert list(steps.values_list("bundle", "effect")) == [(1, "allow"), (2, "deny")]


def test_publishing_returns_when_what_passed_the_gate_before_it_is_written(
    admins: Any, committed_database: Database
) -> None:
    """A transaction that wrote before keeps the publisher waiting until it ends."""
    _, ada, abe = admins
    draft = reviewed(ada, abe, text("tests.one"))
    done: list[float] = []

    def publish() -> None:
        policy_drafts.publish_draft(draft=draft, person=abe)
        done.append(time.monotonic())
        connection.close()

    with psycopg.connect(committed_database.url) as other:
        other.execute("update orchestration_limitguard set revision = revision")
        other.execute("insert into orchestration_limitguard (key, revision) values ('x', 0)")
        publisher = threading.Thread(target=publish)
        publisher.start()
        while Gate.objects.get().bundle == 1:
            time.sleep(0.01)
        assert not done
        other.commit()
        ended = time.monotonic()
    publisher.join(timeout=30)
    assert done
    assert done[0] >= ended


def publish_often(world: World, pairs: tuple[Any, Any], counts: dict[int, int]) -> None:
    """Change the rules four times; note after each how many steps were decided by older ones."""
    try:
        for most in MOST_OF_BUNDLE[2:]:
            draft = reviewed(*pairs, text("tests.most", f"act.arguments.n > {most}"))
            number = policy_drafts.publish_draft(draft=draft, person=pairs[1]).number
            counts[number] = Step.objects.filter(bundle__lt=number).count()
    finally:
        connection.close()


MOST_OF_BUNDLE = (0, 9, 1, 2, 0, 3)
"""What bundle number n lets through; the first one has no limit."""


def test_once_rules_are_in_force_no_step_is_decided_by_older_ones(
    admins: Any, committed_database: Database
) -> None:
    """Rules change while an agent works as fast as it can."""
    world, ada, abe = admins
    name = tool_that(lambda call: {}, idempotent=True)
    counts: dict[int, int] = {}

    def run(task):
        for number in range(400):
            if len(counts) == len(MOST_OF_BUNDLE) - 2 and number % 4 == 0:
                break
            try:
                task.call(name, n=number % 4, at=number)
            except Denied:
                continue
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    publisher = threading.Thread(target=publish_often, args=(world, (ada, abe), counts))
    publisher.start()
    world.run()
    publisher.join(timeout=60)
    steps = list(Step.objects.filter(act="tool.call"))
    assert len({step.bundle for step in steps}) > 1
    assert [
        step.ordinal
        for step in steps
        if (step.effect == "deny") != (step.measures["n"] > MOST_OF_BUNDLE[step.bundle])
    ] == []
    assert counts == {
        number: Step.objects.filter(bundle__lt=number).count() for number in (2, 3, 4, 5)
    }


def test_rules_that_cannot_be_read_deny_everything(
    admins: Any, committed_database: Database
) -> None:
    """A text was changed behind our back: its hash is not the one that was published."""
    world, _, _ = admins
    told = []
    name = tool_that(lambda call: {}, idempotent=True)

    def run(task):
        try:
            task.call(name)
        except Denied as denied:
            told.extend(denied.reasons)
        return {}

    with psycopg.connect(committed_database.owner_url, autocommit=True) as owner:
        owner.execute("alter table orchestration_policyversion disable trigger user")
        owner.execute(
            "update orchestration_policyversion set source = replace(source, 'deny', 'allow')"
        )
    policies._compiled.cache_clear()
    world.agent(run, grants=(name,))
    world.goal()
    world.run()
    assert told == ["bundle 1 can't be read"]
    assert policies.bundle_at(99).fault == "there is no bundle 99"
    Gate.objects.update(bundle=99)
    world.goal()
    world.run()
    assert told == ["bundle 1 can't be read", "there is no bundle 99"]
    assert not Step.objects.filter(effect="allow").exists()
