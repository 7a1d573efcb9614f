"""The supervisor with small programs of its own: restarts, pauses, signals, orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from console.standalone.record import Record, end_group, sole_supervisor
from console.standalone.supervisor import Child, DidNotStart, Supervisor

SLEEPS = "import time; time.sleep(600)"
IGNORES_TERM = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
HAS_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPS!r}])"


def _python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def _child(name: str, code: str, **options: object) -> Child:
    return Child(name, lambda: _python(code), lambda _: True, **options)  # type: ignore[arg-type]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(Record(tmp_path))
    yield made
    made.stopping.set()
    made.stop()


def _watching(supervisor: Supervisor) -> threading.Thread:
    def watch() -> None:
        # told to stop in the middle of a start, it leaves as it would on a signal
        with suppress(KeyboardInterrupt):
            supervisor.watch()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def _eventually(so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if so():
            return True
        time.sleep(0.02)
    return False


def _pid(supervisor: Supervisor, name: str) -> int:
    return next(r.popen.pid for r in supervisor._running if r.child.name == name)


def test_a_program_that_dies_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start(_child("one", SLEEPS), _child("two", SLEEPS))
    first, other = _pid(supervisor, "one"), _pid(supervisor, "two")
    thread = _watching(supervisor)

    os.kill(first, signal.SIGKILL)
    assert _eventually(lambda: _pid(supervisor, "one") != first)
    assert _pid(supervisor, "two") == other
    supervisor.stopping.set()
    thread.join()


def test_a_program_that_keeps_dying_is_started_less_and_less_often(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    starts: list[float] = []

    def start() -> subprocess.Popen[bytes]:
        starts.append(time.monotonic())
        return _python("")

    supervisor.start(Child("brief", start, lambda _: True))
    thread = _watching(supervisor)
    assert _eventually(lambda: len(starts) >= 4)
    supervisor.stopping.set()
    thread.join()

    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses[2] > pauses[0]
    assert pauses[2] >= 1.0


def test_what_a_dead_program_left_of_its_group_is_killed(supervisor: Supervisor) -> None:
    supervisor.start(_child("parent", HAS_A_CHILD))
    popen = supervisor._running[0].popen
    assert _eventually(lambda: len(psutil.Process(popen.pid).children()) == 1)
    (grandchild,) = psutil.Process(popen.pid).children()
    thread = _watching(supervisor)

    os.kill(popen.pid, signal.SIGKILL)
    assert _eventually(lambda: not grandchild.is_running())
    supervisor.stopping.set()
    thread.join()


def test_a_program_that_ignores_the_signal_is_killed(supervisor: Supervisor) -> None:
    supervisor.start(_child("stubborn", IGNORES_TERM, patience=0.5))
    pid = _pid(supervisor, "stubborn")
    supervisor.stop()
    assert not psutil.pid_exists(pid)


def test_servers_end_after_those_that_use_them(supervisor: Supervisor) -> None:
    ended: list[str] = []
    supervisor.record.remove = ended.append  # type: ignore[method-assign]
    supervisor.start(_child("server", SLEEPS, is_server=True), _child("user", SLEEPS))
    supervisor.stop()
    assert ended == ["user", "server"]


def test_a_program_that_is_not_ready_stops_the_start(supervisor: Supervisor) -> None:
    never = Child("never", lambda: _python(SLEEPS), lambda _: False)
    with pytest.raises(DidNotStart, match="never"):
        supervisor.start(never)


def test_a_signal_while_a_program_starts_waits_until_it_is_recorded(
    supervisor: Supervisor,
) -> None:
    def start() -> subprocess.Popen[bytes]:
        supervisor.interrupt()
        return _python(SLEEPS)

    with pytest.raises(KeyboardInterrupt):
        supervisor.start(Child("late", start, lambda _: True))
    pid = _pid(supervisor, "late")
    supervisor.stop()
    assert not psutil.pid_exists(pid)


def test_only_the_first_signal_interrupts_so_that_stopping_is_finished(
    supervisor: Supervisor,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        supervisor.interrupt()
    supervisor.interrupt()


def test_orphans_are_found_by_the_next_record_and_strangers_are_not(tmp_path: Path) -> None:
    orphan, stranger = _python(SLEEPS), _python(SLEEPS)
    record = Record(tmp_path)
    record.add("orphan", orphan.pid)
    record.add("stranger", stranger.pid)
    running = record._running
    running["stranger"] = (stranger.pid, running["stranger"][1] - 100)
    record._write()

    found = Record(tmp_path).orphans()
    assert [(name, program.pid) for name, program in found] == [("orphan", orphan.pid)]
    for popen in (orphan, stranger):
        end_group(popen.pid, signal.SIGTERM)
        popen.wait()
    assert Record(tmp_path).orphans() == []


def test_a_damaged_record_means_no_orphans(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text("{")
    assert Record(tmp_path).orphans() == []


def test_one_folder_has_one_supervisor(tmp_path: Path) -> None:
    with sole_supervisor(tmp_path):
        code = f"""
from pathlib import Path
from console.standalone.record import AlreadyRunning, sole_supervisor
try:
    with sole_supervisor(Path({str(tmp_path)!r})):
        pass
except AlreadyRunning as running:
    print("held by", running)
"""
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    assert told.stdout.strip() == f"held by {os.getpid()}"
    with sole_supervisor(tmp_path):
        pass
