"""The journal: what earlier attempts at a task did, so that a handler can go on after it.

On resume the generation stays and each step is found by its ordinal. On retry a new generation
opens, and finished outcomes of writing steps are found by the digest of their call.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from audit import payloads
from orchestration.models import Step, Task
from orchestration.vocabulary import StepState

CHANGING = ("write", "irreversible")


@dataclass(frozen=True)
class Recorded:
    """A step as an earlier attempt left it; `outcome` is the payload's value."""

    step: Step
    outcome: Any

    def labels_owed(self) -> list[str]:
        """Labels that the step's decision said its outcome must carry."""
        considered = payloads.load(self.step.decision_input)
        duties = considered["decision"]["obligations"]
        return [str(duty["value"]) for duty in duties if duty["kind"] == "label"]


class Journal:
    """The recorded steps of one task."""

    def __init__(self, task: Task) -> None:
        """Read the task's steps and their outcomes: two queries."""
        steps = list(Step.objects.filter(task=task).order_by("generation", "ordinal"))
        values = payloads.load_many([step.outcome for step in steps if step.outcome])
        self._at: dict[int, Recorded] = {}
        self._earlier: dict[str, deque[Recorded]] = defaultdict(deque)
        for step in steps:
            recorded = Recorded(step, values.get(step.outcome))
            if step.generation == task.generation:
                self._at[step.ordinal] = recorded
            elif step.tool_effect in CHANGING and step.state == StepState.DONE:
                self._earlier[step.digest].append(recorded)

    def at(self, ordinal: int) -> Recorded | None:
        """What this generation recorded at an ordinal."""
        return self._at.get(ordinal)

    def reuse(self, digest: str) -> Recorded | None:
        """The finished outcome of an equal writing call of an earlier generation, once each."""
        queue = self._earlier.get(digest)
        return queue.popleft() if queue else None

    def beyond(self, ordinal: int) -> int | None:
        """An ordinal recorded after this one, which the handler should have come to; or None."""
        later = [known for known in self._at if known > ordinal]
        return min(later, default=None)

    def __len__(self) -> int:
        return len(self._at)
