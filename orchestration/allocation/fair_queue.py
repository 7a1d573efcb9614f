"""Weighted fair queueing: whose task goes next, so that no unit and no priority starves. Pure.

Start-time fair queueing (Goyal, Vin, Cheng, 1996) over units: each unit has a virtual time that
grows by 1/weight for each task it is given, and the unit that is furthest behind goes next. Within
a unit the more urgent priority goes first, then the order of arrival.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

URGENT_FIRST = {0: 8, 1: 4, 2: 2, 3: 1}
"""Weight of a unit's next task by its priority, 0 the most urgent."""


@dataclass(frozen=True)
class Waiting:
    """A ready task: its key, the unit it belongs to, and its priority (0 is most urgent)."""

    key: str
    unit: str
    priority: int


def choose_fairly(ready: Iterable[Waiting], under_way: Mapping[str, int], room: int) -> list[str]:
    """The keys of at most `room` tasks, in the order they should start.

    `under_way` counts what each unit has running already; a unit with much running starts behind.
    """
    queues: dict[str, deque[Waiting]] = defaultdict(deque)
    for one in sorted(ready, key=lambda task: task.priority):
        queues[one.unit].append(one)
    heap = [(float(under_way.get(unit, 0)), unit) for unit in sorted(queues)]
    heapq.heapify(heap)
    chosen: list[str] = []
    while heap and len(chosen) < room:
        virtual, unit = heapq.heappop(heap)
        task = queues[unit].popleft()
        chosen.append(task.key)
        if queues[unit]:
            weight = URGENT_FIRST.get(task.priority, 1)
            heapq.heappush(heap, (virtual + 1 / weight, unit))
    return chosen
