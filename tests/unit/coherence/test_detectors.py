"""Each detector finds its faults at random places, and leaves honest work alone."""

from __future__ import annotations

import pytest

from orchestration.coherence.contradiction import opposite
from orchestration.coherence.deadlock import Deadlock
from orchestration.coherence.duplicates import likeness
from orchestration.coherence.loop import Loop, period
from orchestration.detection.events import (
    Awarded,
    Claimed,
    Event,
    Step,
    TaskAdded,
    TaskMoved,
    WaitBegun,
    WaitEnded,
)
from orchestration.detection.findings import Finding
from orchestration.detection.stream import replay
from tests.machinery.fault_scores import all_detectors, first_of_each, score
from tests.machinery.faults import KINDS, Inject, inject
from tests.machinery.fleet_runs import Fleet, Task, dice, digest
from tests.machinery.honest_work import clean_run


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_faults_at_random_places_are_found(kind: Inject) -> None:
    fleet = clean_run(31, goals=8)
    faults = inject(fleet, (kind,), 4)
    found = score(fleet.events, faults)[faults[0].detector]
    assert (found.found, found.missed, found.false) == (4, 0, 0)


def test_honest_work_raises_no_alarm() -> None:
    fleet = clean_run(32, goals=60)
    assert first_of_each(replay(all_detectors(), fleet.events)) == []


def task_of(fleet: Fleet) -> Task:
    goal = fleet.open_goal(fleet.started, "grid")
    return fleet.add(goal, "grid", "check", fleet.started)


def found_in(fleet: Fleet, detector: str) -> list[Finding]:
    return [f for f in replay(all_detectors(), fleet.events) if f.detector == detector]


def test_a_loop_of_one_call_is_found_at_its_fourth_step() -> None:
    fleet = Fleet(dice(1))
    task = task_of(fleet)
    for _ in range(4):
        fleet.read(task, about="the same", target="grid.lookup")
    (found,) = found_in(fleet, "coherence.loop")
    assert found.tasks == (task.id,)
    assert len(found.nodes) == 4
    assert found.at == task.at


def test_a_loop_of_three_calls_is_found_before_the_tenth_step() -> None:
    fleet = Fleet(dice(1))
    task = task_of(fleet)
    for number in range(9):
        fleet.read(task, about=number % 3, target="grid.lookup")
    assert len(found_in(fleet, "coherence.loop")) == 1


def test_polling_that_gets_other_answers_is_no_loop() -> None:
    fleet = Fleet(dice(1))
    task = task_of(fleet)
    for number in range(40):
        fleet.read(task, about="x", target="grid.status", outcome=digest(number))
    assert found_in(fleet, "coherence.loop") == []


def test_a_call_that_changes_the_world_is_a_loop_whatever_it_returns() -> None:
    fleet = Fleet(dice(1))
    task = task_of(fleet)
    for _ in range(14):
        fleet.write(task, about="x", value=1, target="grid.notify")
    (found,) = found_in(fleet, "coherence.loop")
    assert found.confidence < 0.9


def test_a_task_that_begins_again_may_repeat_its_calls() -> None:
    fleet = Fleet(dice(1))
    task = task_of(fleet)
    for _ in range(3):
        fleet.read(task, about="x", target="grid.lookup")
    fleet.end(task, "retried")
    for _ in range(3):
        fleet.read(task, about="x", target="grid.lookup")
    assert found_in(fleet, "coherence.loop") == []


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("aaaa", (1, 4)),
        ("aaa", (0, 0)),
        ("ababab", (2, 3)),
        ("xabab", (0, 0)),
        ("abcabcabc", (3, 3)),
        ("abcdefabcdefabcdef", (6, 3)),
        ("", (0, 0)),
    ],
)
def test_the_period_of_the_end_of_a_list(marks: str, expected: tuple[int, int]) -> None:
    assert period(list(marks)) == expected


def waits(task: str, subject: str, at: float) -> WaitBegun:
    return WaitBegun(id=f"w{task}{at}", at=at, task=task, agent=f"agent {task}", subject=subject)


def claims(task: str, resource: str, at: float) -> Claimed:
    return Claimed(id=f"c{task}{at}", at=at, task=task, agent=f"agent {task}", resource=resource)


THREE: list[Event] = [
    claims("1", "berth:4", 1),
    claims("2", "crane:2", 2),
    claims("3", "slot:17", 3),
    waits("1", "crane:2", 4),
    waits("2", "slot:17", 5),
    waits("3", "berth:4", 6),
]


def test_three_agents_that_wait_in_a_circle_are_found_when_it_closes() -> None:
    (found,) = replay([Deadlock()], THREE)
    assert found.at == 6
    assert found.confidence == 1.0
    assert set(found.tasks) == {"1", "2", "3"}
    assert {(e.source, e.target) for e in found.edges} >= {("1", "crane:2"), ("crane:2", "2")}


def test_the_victim_is_the_wait_whose_end_loses_least() -> None:
    work: list[Event] = [
        Step(id=f"s{n}", at=3.1 + n / 100, task="1", cost_minor=1) for n in range(3)
    ]
    work.append(Step(id="paid", at=3.5, task="3", effect="irreversible"))
    (found,) = replay([Deadlock()], [*THREE, *work])
    assert found.spared == ("2", "1", "3")


def test_a_wait_that_ended_closes_no_circle() -> None:
    ended = WaitEnded(id="e", at=4.5, task="1")
    assert replay([Deadlock()], [*THREE, ended]) == []


def test_a_finished_task_gives_back_what_it_held() -> None:
    done = TaskMoved(id="d", at=4.5, task="1", state="done")
    assert replay([Deadlock()], [*THREE, done]) == []


def test_questions_and_dependencies_close_a_circle_too() -> None:
    events: list[Event] = [
        TaskAdded(id="1", at=1, goal="g", task="a", key="a"),
        TaskAdded(id="2", at=2, goal="g", task="b", key="b", needs=("a",)),
        Awarded(id="3", at=3, goal="g", task="a", agent="x"),
        waits("a", "b", 4),
    ]
    (found,) = replay([Deadlock()], events)
    assert set(found.tasks) == {"a", "b"}


def test_verbs_that_take_each_other_back() -> None:
    assert opposite("crane.reserve", "crane.release")
    assert opposite("gate.open_all", "gate.close")
    assert not opposite("crane.reserve", "berth.release")
    assert not opposite("crane.reserve", "crane.reserve")


def test_likeness_is_between_nothing_and_all() -> None:
    assert likeness(frozenset(), frozenset()) == 0
    assert likeness(frozenset("ab"), frozenset("ab")) == 1
    assert likeness(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3)


def test_each_detector_says_what_it_needs_and_why_its_thresholds_are_what_they_are() -> None:
    names = [detector.about.name for detector in all_detectors()]
    assert len(set(names)) == len(names) == 19
    for detector in all_detectors():
        about = detector.about
        assert about.needs
        assert about.sentence.endswith(".")
        assert about.cost
        assert about.ladder
        assert all(threshold.reason for threshold in about.thresholds)


def test_the_loop_says_again_when_it_has_doubled() -> None:
    fleet = Fleet(dice(1))
    task = task_of(fleet)
    for _ in range(20):
        fleet.read(task, about="the same", target="grid.lookup")
    told = [f for f in replay([Loop()], fleet.events) if f.detector == "coherence.loop"]
    assert [f.figures["times"] for f in told] == [4, 8, 16]
    assert len({f.key for f in told}) == 1
