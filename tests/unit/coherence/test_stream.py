"""The same events give the same findings, however they come in; and memory stays bounded."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.detection.events import Event, Step
from orchestration.detection.findings import About, Finding
from orchestration.detection.recent import Recent
from orchestration.detection.stream import GRACE_S, Stream, replay
from tests.machinery.fault_scores import all_detectors
from tests.machinery.faults import KINDS, inject
from tests.machinery.fleet_runs import dice
from tests.machinery.honest_work import clean_run


class Diary:
    """A detector that finds nothing and writes down what it was told."""

    about = About("test.diary", "Diary", "Writes down.", (Step,), (), "nothing", ())

    def __init__(self) -> None:
        self.lines: list[str] = []

    def see(self, event: Event) -> Iterable[Finding]:
        self.lines.append(event.id)
        return ()

    def tick(self, at: float) -> Iterable[Finding]:
        self.lines.append(f"tick {at:.0f}")
        return ()


def steps(*times: float) -> list[Event]:
    return [Step(id=f"s{number}", at=at) for number, at in enumerate(times)]


MOMENTS = st.lists(st.floats(1000, 1030, allow_nan=False), min_size=1, max_size=40)


@given(MOMENTS, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_order_repetition_and_delay_within_the_grace_change_nothing(
    times: list[float], chance: random.Random
) -> None:
    events = sorted(steps(*times), key=lambda event: (event.at, event.id))
    tidy, wild = Diary(), Diary()
    stream = Stream([tidy])
    stream.feed(events)
    stream.finish()
    delayed = sorted(events * 2, key=lambda event: event.at + chance.uniform(0, 0.9 * GRACE_S))
    stream = Stream([wild])
    while delayed:
        piece = chance.randint(1, 5)
        stream.feed(delayed[:piece])
        del delayed[:piece]
    stream.finish()
    ticks = tidy.lines[0:1]
    assert [line for line in wild.lines if not line.startswith("tick")] == [e.id for e in events]
    assert (
        wild.lines[wild.lines.index(events[0].id) :] == tidy.lines[tidy.lines.index(events[0].id) :]
    )
    assert stream.late == 0
    assert ticks


def test_what_comes_later_than_the_grace_is_counted_and_left_out() -> None:
    diary = Diary()
    stream = Stream([diary])
    stream.feed([Step(id="a", at=100.0), Step(id="b", at=110.0), Step(id="c", at=120.0)])
    stream.feed([Step(id="late", at=99.0)])
    stream.feed([Step(id="a", at=100.0)])
    stream.finish()
    assert stream.late == 1
    assert "late" not in diary.lines
    assert diary.lines.count("a") == 1


def test_time_passes_without_events() -> None:
    diary = Diary()
    stream = Stream([diary])
    stream.feed([Step(id="a", at=100.2)])
    stream.advance(104.0)
    assert diary.lines[-3:] == ["a", "tick 101", "tick 102"]


def test_a_fleet_with_faults_gives_the_same_findings_in_any_order() -> None:
    fleet = clean_run(11, goals=12)
    inject(fleet, KINDS, 1)
    tidy = replay(all_detectors(), fleet.events)
    shuffled = [*fleet.events, *fleet.events[::7]]
    dice(3).shuffle(shuffled)
    assert replay(all_detectors(), shuffled) == tidy
    assert len({finding.detector for finding in tidy}) >= 15

    # nearly in order, some twice, in pieces, as a job reads them
    chance = dice(4)
    nearly = sorted(
        [*fleet.events, *fleet.events[::5]], key=lambda e: e.at + chance.uniform(0, 1.2)
    )
    stream, found = Stream(all_detectors()), []
    for at in range(0, len(nearly), 37):
        found += stream.feed(nearly[at : at + 37])
    found += stream.finish()
    assert stream.late == 0
    assert found == tidy


def test_findings_name_their_evidence_and_edges_lead_between_its_nodes() -> None:
    fleet = clean_run(12, goals=6)
    inject(fleet, KINDS, 1)
    for finding in replay(all_detectors(), fleet.events):
        nodes = {node.id for node in finding.nodes}
        assert nodes, finding
        assert len(nodes) <= 32, finding
        assert {edge.source for edge in finding.edges} <= nodes, finding
        assert {edge.target for edge in finding.edges} <= nodes, finding
        assert finding.title
        assert 0 < finding.confidence <= 1
        assert finding.since <= finding.at
        for number in range(9):
            assert (f"{{{number}}}" in finding.title) <= (number < len(finding.agents)), finding


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans())), st.integers(1, 4))
def test_what_was_touched_last_is_remembered(acts: list[tuple[str, bool]], most: int) -> None:
    recent: Recent[str, list[str]] = Recent(most, list)
    order: list[str] = []
    for key, drop in acts:
        if drop:
            recent.drop(key)
            order = [one for one in order if one != key]
        else:
            recent.touch(key)
            order = [*(one for one in order if one != key), key][-most:]
        assert [held for held, _ in recent.items()] == order


def test_memory_stays_flat_over_a_long_stream() -> None:
    stream = Stream(all_detectors())
    sizes = []
    tracemalloc.start()
    for hour in range(3):
        fleet = clean_run(20 + hour, goals=10)
        shift = hour * 4000.0
        for event in sorted(fleet.events, key=lambda e: e.at):
            object.__setattr__(event, "at", event.at + shift)
            object.__setattr__(event, "id", f"{hour}/{event.id}")
            stream.feed([event])
        del fleet, event
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert stream.late == 0
    assert sizes[2] - sizes[1] < 0.6 * sizes[0]
