"""Noticing before dispatch that an attempt goes round in a loop, so that its next call is refused.

The detector of loops sees steps when they have ended; here the order is known and nothing has
happened yet. The rule is the detector's own. The first refusal is an answer that the agent may
adapt to; if it goes on the same way its task is parked for a person.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from orchestration.coherence.loop import KEPT, period
from orchestration.detection.fingerprints import short
from orchestration.enforcement.calls import Call
from orchestration.enforcement.recording import Outcome
from orchestration.errors import Parked
from orchestration.vocabulary import Act, ParkReason

WATCHED = frozenset({Act.TOOL_CALL, Act.TASK_ASK, Act.MESSAGE_SEND})
"""Acts that reach beyond the task; looking at the own blackboard again costs nobody anything."""

LEARNS = frozenset({Act.TOOL_CALL})


@dataclass
class Habit:
    """The last calls of an attempt and what came of them, as the detector of loops sees them."""

    marks: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    last: dict[str, str] = field(default_factory=dict)
    refused: str = ""

    def weigh(self, call: Call) -> Call:
        """The call, with an objection if it would only repeat what was done.

        Raises Parked when the same call was refused just before.
        """
        if call.act not in WATCHED or call.objection or call.digest not in self.last:
            return call
        length, times = period([*self.marks, self.last[call.digest]])
        if not length:
            return call
        if self.refused:
            raise Parked(ParkReason.LOOPING, f"{call.target}: it goes on in a loop when told so")
        self.refused = call.digest
        what = "this call" if length == 1 else f"this cycle of {length} calls"
        return replace(call, objection=f"{what} was made {times - 1} times with the same result")

    def note(self, call: Call, outcome: Outcome) -> None:
        """Take note of a call that was carried out; one that was refused leaves no trace here."""
        if call.act not in WATCHED or call.objection:
            return
        mark = call.digest
        if call.act in LEARNS:
            mark = f"{mark}/{short([outcome.kind, outcome.value])}"
        self.marks.append(mark)
        self.last[call.digest] = mark
        if len(self.last) > 4 * KEPT:
            self.last = dict(list(self.last.items())[-KEPT:])
        if self.refused and call.digest != self.refused:
            self.refused = ""
