"""The commands in the Makefile, as somebody types them, and other accounts than ours."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis

from tests.machinery.databases import ROOT, Database
from tests.machinery.installation import Installation


def test_make_run_works_from_another_folder_and_ends_with_it(installation: Installation) -> None:
    makefile = str(ROOT / "Makefile")
    installation.command = ("make", "-f", makefile, "run", f"VENV={sys.prefix}")
    installation.up()
    accounts = _make(installation, "accounts")
    assert accounts.stdout.splitlines()[-7].split()[0] == "operator"
    assert "Nothing is wrong." in _make(installation, "doctor").stdout
    family = installation.family()

    installation.stop(signal.SIGTERM)
    assert psutil.wait_procs(family, timeout=10)[1] == []


def _make(installation: Installation, target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-s", "-C", str(ROOT), target, f"VENV={sys.prefix}"],
        env=installation.environment(),
        capture_output=True,
        text=True,
        check=True,
    )


def test_outside_servers_are_used_when_they_are_named(
    installation: Installation, committed_database: Database, redis_url: str
) -> None:
    installation.variables |= {**committed_database.environment(), "REDIS_URL": redis_url}
    installation.up()

    assert {"postgres", "valkey"}.isdisjoint(installation.running())
    assert not (installation.state / "servers").exists()
    assert installation.healthy()
    with redis.Redis.from_url(redis_url) as client:
        assert client.exists("_kombu.binding.control")


def _somebody() -> pwd.struct_passwd:
    """An ordinary account that can reach this Python and the project."""
    if os.geteuid() != 0:
        pytest.skip("we are an ordinary account already: every other test shows this")
    ordinary = pwd.getpwnam("nobody")
    try:
        subprocess.run(
            [sys.executable, "-c", "import django"], user=ordinary.pw_uid, cwd="/", check=True
        )
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip(f"{sys.executable} is closed to other accounts")
    return ordinary


def test_an_ordinary_account_can_run_it(installation: Installation) -> None:
    ordinary = _somebody()
    installation.state.mkdir()
    os.chown(installation.state, ordinary.pw_uid, ordinary.pw_gid)
    installation.account = ordinary.pw_uid
    installation.up()

    assert {program.uids().real for program in installation.family()} == {ordinary.pw_uid}
    assert installation.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives servers another account")
def test_a_state_folder_that_nobody_can_reach_is_left_as_it_is(installation: Installation) -> None:
    closed = installation.state.parent
    closed.chmod(0o700)
    installation.up()

    assert closed.stat().st_mode & 0o777 == 0o700
    assert not (installation.state / "servers").exists()
    cluster = psutil.Process(installation.running()["postgres"]).cmdline()[2]
    folder = Path(cluster).parents[1]
    assert folder.parent == Path("/var/lib/signalbox")
    installation.stop()
    subprocess.run(["rm", "-r", str(folder)], check=True)
