"""`manage.py policy` says what it found in words or JSON, and answers a pipeline by exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.identifiers import least_id
from orchestration.models import Bundle, PolicyDraft, Step
from orchestration.operations import installation, policy_drafts, policy_texts
from orchestration.operations.policy_drafts import DraftEdit
from orchestration.vocabulary import Role
from tests.integration.orchestration.world import World, tool_that
from tests.machinery.programs import ROOT

LIMIT = """# a comment that stays\r
policy: tests.limit\r
title: "At most five, über"\r
scope: {tools: ["tests.*"], units: [acme/**]}\r
rules: [{name: over, effect: deny, when: act.arguments.n > 5}]\r
tests:\r
  - {given: {act: {target: tests.x, arguments: {n: 6}}}, expect: deny}\r
"""


def policy(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("policy", *arguments, "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def refused(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        call_command("policy", *arguments, stdout=io.StringIO(), stderr=io.StringIO())
    return caught.value.returncode, str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "deep" / "limit.yaml").write_bytes(LIMIT.encode())
    return tmp_path / "rules"


def test_check_names_file_line_and_column_and_fails(folder: Path) -> None:
    assert policy("check", str(folder))["sound"]
    (folder / "wrong.yaml").write_text("policy: a.b\ntitle: T\nrules: [{name: r, effect: alow}]\n")
    (folder / "twice.yaml").write_bytes(LIMIT.encode())
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("policy", "check", str(folder), stdout=out)
    assert caught.value.returncode == 1
    assert "wrong.yaml:3:27" in out.getvalue()
    assert "did you mean allow?" in out.getvalue()
    assert "two policies are called tests.limit" in out.getvalue()
    assert refused("check", str(folder / "nowhere"))[0] == 1


def test_test_runs_the_tests_inside_and_fails_with_them(folder: Path) -> None:
    assert policy("test", str(folder))["passed"] == 1
    text = LIMIT.replace("expect: deny", "expect: allow")
    (folder / "deep" / "limit.yaml").write_text(text)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("policy", "test", str(folder), stdout=out)
    assert "expected allow, it says deny" in out.getvalue()


def test_a_folder_goes_in_by_two_people_and_comes_out_byte_for_byte(
    world: World, folder: Path, tmp_path: Path
) -> None:
    installation.install()
    world.person("abe", Role.ADMIN)
    said = policy("import", str(folder), "--person", "ada", "--scope", "acme")
    assert (said["changes"], said["removes"]) == (["tests.limit"], [])
    code, told = refused("publish", said["draft"], "--person", "abe")
    assert (code, "reviewed before" in told) == (1, True)
    draft = PolicyDraft.objects.get()
    abe = world.person("abel", Role.ADMIN)
    policy_drafts.review_draft(draft=draft, person=abe)
    assert "can't publish" in refused("publish", said["draft"], "--person", "ada")[1]
    published = policy("publish", said["draft"], "--person", "abe", "--reason", "agreed")
    assert published["bundle"] == 2
    out = tmp_path / "out"
    exported = policy("export", str(out))
    assert "tests.limit.yaml" in exported["written"]
    assert (out / "tests.limit.yaml").read_bytes() == LIMIT.encode()
    assert policy("export", str(out))["written"] == []
    in_place = policy("export", str(folder))
    assert "deep/limit.yaml" in in_place["same"]
    assert (
        "nothing to import" in refused("import", str(out), "--person", "ada", "--scope", "acme")[1]
    )
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{key}.yaml" for key in policy_texts.sources_of(Bundle.objects.get(number=2))
    )


def test_an_import_says_which_commit_it_came_from_and_takes_out_what_is_gone(
    world: World, tmp_path: Path
) -> None:
    installation.install()
    out = tmp_path / "checkout" / "policies"
    policy("export", str(out))
    (out / "baseline.money.yaml").unlink()
    commit = "0123456789abcdef0123456789abcdef01234567"
    (tmp_path / "checkout" / ".git").mkdir()
    (tmp_path / "checkout" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "checkout" / ".git" / "packed-refs").write_text(f"{commit} refs/heads/main\n")
    said = policy("import", str(out), "--person", "ada", "--prune")
    assert said["removes"] == ["baseline.money"]
    assert said["origin"] == f"policies at {commit}"


def test_who_is_unknown_or_may_not_is_refused(world: World, folder: Path) -> None:
    installation.install()
    assert "nobody is called" in refused("import", str(folder), "--person", "zoe")[1]
    assert (
        "admins of acme" in refused("import", str(folder), "--person", "pia", "--scope", "acme")[1]
    )
    assert "no draft" in refused("replay", "nothing")[1]
    backwards = ("--since", "2026-01-02T00:30+01:00", "--until", "2026-01-01T23:00")
    assert "ends before it begins" in refused("replay", "nothing", *backwards)[1]
    assert "is no moment" in refused("replay", "nothing", "--since", "yesterday")[1]


@pytest.fixture
def lived(world: World) -> World:
    installation.install()
    name = tool_that(lambda call: {}, idempotent=True)

    def run(task):
        for number in range(20):
            task.call(name, n=number)
        return {}

    world.agent(run, grants=(name,))
    world.goal()
    assert world.run() == ["done"]
    return world


def replay(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "policy", "replay", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_replay_over_two_processes_finds_what_deciding_anew_finds(
    lived: World, committed_database: Any
) -> None:
    draft = policy_drafts.open_draft(
        scope="acme",
        person=lived.asker,
        edit=DraftEdit(texts=(LIMIT.replace("\r", ""),), title="Five"),
    )
    done = replay(
        str(draft.pk), "--last", "1000000", "--processes", "2", PROGRESS="1",
        **committed_database.environment(),
    )  # fmt: skip
    out, err = done.communicate(timeout=120)
    assert done.returncode == 0, err
    said = json.loads(out)
    assert said["decisions"] == said["of"] == Step.objects.count()
    assert said["flips"] == 14
    assert said["by"]["rule"] == [[["tests.limit/over", "allow", "deny"], 14]]
    assert len(said["samples"][0]["steps"]) == 5
    assert "█" in err
    assert f"{said['of']} of {said['of']}" in err
    half = list(Step.objects.order_by("id").values_list("id", flat=True))[said["of"] // 2]
    since = datetime.fromtimestamp((half.int >> 80) / 1000, UTC)
    part = replay(
        str(draft.pk), "--since", since.isoformat(), "--processes", "1",
        **committed_database.environment(),
    )  # fmt: skip
    out, err = part.communicate(timeout=120)
    assert part.returncode == 0, err
    asked_since = Step.objects.filter(pk__gte=least_id(since)).count()
    assert 0 < asked_since < said["of"]
    assert json.loads(out)["of"] == asked_since


STOPPED = """
import django, json, os, signal
django.setup()
from orchestration.attributes import history
from orchestration.management import policy_replaying as replaying
from orchestration.operations import policy_texts
replaying.extent = lambda scopes, last, window: history.extent(scopes, last, span=2)
texts = policy_texts.sources_of(policy_texts.active_bundle())
found = replaying.replay_all(
    texts, 2, 1000, lambda done, of, seconds: os.kill(os.getpid(), signal.SIGINT), 1
)
print(json.dumps([found.tally.total, found.history.total, found.cancelled]))
"""


def test_an_interrupt_ends_a_replay_and_keeps_what_was_counted(
    lived: World, committed_database: Any
) -> None:
    """Ctrl-C after the first part: what was counted stays, and no further part is begun."""
    environment = {
        **os.environ,
        **committed_database.environment(),
        "DJANGO_SETTINGS_MODULE": "console.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", STOPPED],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    counted, of, cancelled = json.loads(done.stdout)
    assert cancelled
    assert 0 < counted < of == Step.objects.count()
