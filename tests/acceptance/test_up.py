"""`manage.py up`: what it says, what it survives, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket

import psutil
import pytest
import redis

from tests.machinery.installation import Installation

NAMES = ["operator", "reviewer", "viewer", "approver-1", "approver-2", "admin-1", "admin-2"]
PROGRAMS = {"postgres", "valkey", "worker", "control", "beat", "web"}


def test_the_last_lines_are_the_address_and_the_accounts(installation: Installation) -> None:
    installation.up()

    last = installation.lines()[-8:]
    assert last[0] == f"Signalbox is ready: {installation.address}/"
    assert [line.split()[0] for line in last[1:]] == NAMES
    assert len({line.split()[1] for line in last[1:]}) == 7


def test_another_command_finds_what_runs_by_the_state_folder(installation: Installation) -> None:
    installation.up()

    finished = installation.manage("accounts")
    assert finished.returncode == 0, finished.stderr
    assert [line.split()[0] for line in finished.stdout.splitlines()] == NAMES
    shown_first = set(installation.lines()[-7:])
    assert shown_first.isdisjoint(finished.stdout.splitlines())


def test_passwords_are_kept_nowhere_in_clear(installation: Installation) -> None:
    installation.up()
    password = installation.lines()[-1].split()[1].encode()
    assert installation.stop() == 0

    files = [path for path in installation.state.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if password in path.read_bytes()] == []


@pytest.mark.chaos
def test_a_program_that_is_killed_comes_back(installation: Installation) -> None:
    installation.up()
    before = installation.running()
    assert set(before) >= PROGRAMS

    for name in sorted(PROGRAMS):
        os.kill(before[name], signal.SIGKILL)
    installation.wait_for(
        lambda: (
            all(installation.running()[name] != before[name] for name in PROGRAMS)
            and installation.healthy()
        ),
        "all programs back",
    )
    assert installation.manage("accounts").returncode == 0


@pytest.mark.chaos
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_it_started(
    installation: Installation, number: signal.Signals
) -> None:
    installation.up()
    family = installation.family()
    assert len(family) > 10

    assert installation.stop(number) == 0
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert len(gone) == len(family)


def test_a_second_start_keeps_data_and_passwords(installation: Installation) -> None:
    installation.up()
    with redis.Redis.from_url(_redis_url(installation)) as client:
        client.set("kept", "yes")
    installation.stop()

    installation.up()
    assert installation.lines()[-2] == f"Signalbox is ready: {installation.address}/"
    assert "passwords as shown at the first start" in installation.lines()[-1]
    with redis.Redis.from_url(_redis_url(installation)) as client:
        assert client.get("kept") == b"yes"


def _redis_url(installation: Installation) -> str:
    shown = installation.manage(
        "shell", "-v", "0", "-c", "from django.conf import settings; print(settings.REDIS_URL)"
    )
    return shown.stdout.strip()


@pytest.mark.chaos
def test_the_orphans_of_a_killed_supervisor_are_taken_over(installation: Installation) -> None:
    installation.up()
    orphans = installation.family()
    supervisor = installation.popen
    assert supervisor is not None
    supervisor.kill()
    supervisor.wait()
    assert installation.healthy()

    installation.up()
    assert any("an earlier run left" in line for line in installation.lines())
    _gone, alive = psutil.wait_procs(orphans, timeout=5)
    assert alive == []
    assert installation.healthy()


def test_a_second_supervisor_in_the_same_folder_is_refused(installation: Installation) -> None:
    installation.up()

    second = installation.manage("up")
    assert second.returncode == 1
    assert "already runs in" in second.stderr
    assert installation.healthy()


def test_a_port_that_is_taken_is_refused_before_anything_starts(
    installation: Installation,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        finished = installation.manage("up")

    assert finished.returncode == 1
    assert f"Port {installation.port} is taken" in finished.stderr
    assert not (installation.state / "servers").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("WORKER_SLOTS", "0"), ("DATABASE_URL", "mysql://u:secret@host/db")],
)
def test_a_bad_setting_is_refused_by_its_name(
    installation: Installation, name: str, value: str
) -> None:
    installation.variables[name] = value

    finished = installation.manage("up")
    assert finished.returncode == 1
    assert f"The setting {name} is" in finished.stderr
    assert "secret" not in finished.stderr
    assert "Traceback" not in finished.stderr
