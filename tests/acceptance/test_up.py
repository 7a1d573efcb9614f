"""`manage.py up`: what it says, what it survives, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
from typing import Any

import psutil
import pytest
import redis

from tests.machinery.installation import Installation

NAMES = ["operator", "reviewer", "viewer", "approver-1", "approver-2", "admin-1", "admin-2"]
SERVERS = {"postgres", "valkey"}
OURS = {"worker", "control", "background", "beat", "sealer", "witness", "web"}


def test_the_last_lines_are_the_address_and_the_accounts(running: Installation) -> None:
    assert "a real one belongs on another host" in running.lines()[-9]
    last = running.lines()[-8:]
    assert last[0] == f"Signalbox is ready: {running.address}/"
    assert [line.split()[0] for line in last[1:]] == NAMES
    assert len({line.split()[1] for line in last[1:]}) == 7


def test_another_command_finds_what_runs_by_the_state_folder(running: Installation) -> None:
    finished = running.manage("accounts")
    assert finished.returncode == 0, finished.stderr
    assert [line.split()[0] for line in finished.stdout.splitlines()] == NAMES
    assert set(running.lines()[-7:]).isdisjoint(finished.stdout.splitlines())


def test_the_doctor_finds_nothing_wrong(running: Installation) -> None:
    finished = running.manage("doctor")
    assert finished.returncode == 0, finished.stdout
    assert finished.stdout.endswith("Nothing is wrong.\n")


def test_only_the_supervisor_is_told_the_owners_password(running: Installation) -> None:
    programs = {name: psutil.Process(pid) for name, pid in running.running().items()}
    for name in OURS:
        told = programs[name].environ()
        assert bool(told.get("DATABASE_URL")) is (name != "witness"), name
        assert "DATABASE_OWNER_URL" not in told, name


def test_the_ledger_is_witnessed_by_a_program_of_its_own(running: Installation) -> None:
    running.wait_for(lambda: _status(running)["colour"] == "green", "witnessed")
    state = _status(running)
    (witness,) = state["witnesses"]
    assert witness["local"]
    assert witness["size"] > 0
    assert "another host" in state["advice"]
    keys = {path.name for path in (running.state / "witness").glob("*.key")}
    assert keys == {"witness.key"}
    assert not keys & {path.name for path in (running.state / "ledger").iterdir()}
    verified = json.loads(running.manage("ledger", "verify", "--json").stdout)
    assert verified["sound"], verified["first"]


@pytest.mark.chaos
def test_a_witness_that_ends_turns_the_seal_amber_until_it_is_back(running: Installation) -> None:
    running.wait_for(lambda: _status(running)["colour"] == "green", "witnessed")
    witness = psutil.Process(running.running()["witness"])
    witness.suspend()
    try:
        running.wait_for(lambda: _status(running)["colour"] == "amber", "amber")
        assert "unreachable" in _status(running)["summary"]
    finally:
        witness.resume()
    witness.kill()
    running.wait_for(lambda: _status(running)["colour"] == "green", "green again")


def _status(running: Installation) -> dict[str, Any]:
    return dict(json.loads(running.manage("ledger", "status", "--json").stdout))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives servers another account")
def test_started_by_root_the_servers_run_as_nobody(running: Installation) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    owners = {name: psutil.Process(pid).uids().real for name, pid in running.running().items()}
    assert {owners[name] for name in SERVERS} == {nobody}
    assert {owners[name] for name in OURS} == {0}


def test_a_second_supervisor_in_the_same_folder_is_refused(running: Installation) -> None:
    second = running.manage("up")
    assert second.returncode == 1
    assert "already runs in" in second.stderr
    assert running.healthy()


@pytest.mark.chaos
def test_programs_that_are_killed_come_back(running: Installation) -> None:
    before = running.running()
    assert set(before) == SERVERS | OURS

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    running.wait_for(
        lambda: (
            all(running.running()[name] != pid for name, pid in before.items())
            and running.healthy()
        ),
        "all programs back",
    )
    running.wait_for(lambda: running.manage("doctor").returncode == 0, "well again")


@pytest.mark.chaos
def test_it_stops_whole_and_starts_again_with_what_it_knew(installation: Installation) -> None:
    installation.up()
    password = installation.lines()[-1].split()[1].encode()
    family = installation.family()
    assert len(family) > 10
    with redis.Redis.from_url(_redis_url(installation)) as client:
        client.set("kept", "yes")

    assert installation.stop(signal.SIGINT) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []
    files = [path for path in installation.state.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if password in path.read_bytes()] == []

    installation.up()
    assert installation.lines()[-2] == f"Signalbox is ready: {installation.address}/"
    assert "passwords as shown at the first start" in installation.lines()[-1]
    with redis.Redis.from_url(_redis_url(installation)) as client:
        assert client.get("kept") == b"yes"
    family = installation.family()
    assert installation.stop(signal.SIGTERM) == 0
    assert psutil.wait_procs(family, timeout=5)[1] == []


def _redis_url(installation: Installation) -> str:
    return str(json.loads((installation.state / "services.json").read_text())["REDIS_URL"])


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
