"""How well detectors find faults put into honest runs of 200 agents, and how fast they are.

Seeds are drawn anew each time and printed; thresholds were never set by what they show. Give seeds
as arguments to repeat a run.
"""

from __future__ import annotations

import secrets
import sys
import time
import tracemalloc
from collections import defaultdict

from orchestration.detection.events import Event, Step
from orchestration.detection.stream import Stream
from tests.bench.figures import percentile, say
from tests.machinery.fault_scores import Score, all_detectors, score
from tests.machinery.faults import KINDS, inject
from tests.machinery.honest_work import clean_run

CLEAN_GOALS = 600
FAULTY_GOALS = 200
EACH = 10
RUNS = 3
HOUR_GOALS = 900


def clean(seed: int) -> None:
    """Alarms in honest work."""
    events = clean_run(seed, goals=CLEAN_GOALS).events
    steps = sum(isinstance(event, Step) for event in events)
    scores = score(events, [])
    total = sum(one.false for one in scores.values())
    say(f"clean run, seed {seed}: {steps:,} steps of 200 agents, alarms", str(total))
    say("  alarms in 100,000 steps", f"{total * 100_000 / steps:.2f}")
    for name, one in sorted(scores.items()):
        say(f"  {name}", str(one.false))


def faulty(seeds: list[int]) -> None:
    """Precision, recall and delay by detector, over several runs together."""
    whole: dict[str, Score] = defaultdict(Score)
    for seed in seeds:
        fleet = clean_run(seed, goals=FAULTY_GOALS)
        faults = inject(fleet, KINDS, EACH)
        for name, one in score(fleet.events, faults).items():
            held = whole[name]
            held.found += one.found
            held.missed += one.missed
            held.false += one.false
            held.seconds += one.seconds
            held.steps += one.steps
    say("faulty runs, seeds", " ".join(map(str, seeds)))
    say("  detector, of so many faults", "recall  precision  delay")
    for name, one in sorted(whole.items()):
        count = one.found + one.missed
        delay = f"{percentile(one.seconds, 50):.1f} s, {percentile(one.steps, 50)} steps"
        found = f"{one.recall:.2f}  {one.precision:.2f}  {delay if one.seconds else ''}"
        say(f"  {name} ({count})", found)


def speed(seed: int) -> None:
    """Steps a second on one core, and memory over a long stream fed second by second."""
    events = sorted(clean_run(seed, goals=HOUR_GOALS, every=4.0).events, key=lambda e: e.at)
    steps = sum(isinstance(event, Step) for event in events)
    stream = Stream(all_detectors())
    began = time.perf_counter()
    for second in by_second(events):
        stream.feed(second)
    took = time.perf_counter() - began
    span = (events[-1].at - events[0].at) / 60
    say(f"a stream of {span:.0f} minutes, {steps:,} steps on one core", f"{steps / took:,.0f} a s")
    tracemalloc.start()
    stream = Stream(all_detectors())
    sizes = []
    for number, second in enumerate(by_second(events)):
        stream.feed(second)
        if number % 600 == 599:
            sizes.append(tracemalloc.get_traced_memory()[0] / 1e6)
    tracemalloc.stop()
    say("  detectors' memory every ten minutes, MB", " ".join(f"{size:.0f}" for size in sizes))


def by_second(events: list[Event]) -> list[list[Event]]:
    """The events of each second, as the job reads them."""
    found: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        found[int(event.at)].append(event)
    return [found[second] for second in sorted(found)]


def main(given: list[int]) -> None:
    """All three, with seeds that nobody has seen."""
    seeds = given or [secrets.randbelow(10**9) for _ in range(RUNS + 2)]
    clean(seeds[0])
    faulty(seeds[2:] or seeds)
    speed(seeds[1 % len(seeds)])


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]])
